import { RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  CfnGroup,
  CfnOIDCProvider,
  CfnUserToGroupAddition,
  ManagedPolicy,
  PolicyStatement,
  Role,
  ServicePrincipal,
  User,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { Bridges } from './bridges.ts';
import { decoys, type Statement } from './decoys.ts';
import { DATA, ENTRA, GITHUB, WORKLOADS } from './names.ts';
import { arnsOf, bucketNames, type Placement } from './placement.ts';
import { policyDocument, Workload } from './workload.ts';

/** Where the estate stands. */
export interface MediaProStackProps extends StackProps {
  readonly placement: Placement;
}

/** mp-workloads: the function that the story begins with, its half of every decoy, and the life around it. */
export class WorkloadsStack extends Stack {
  constructor(scope: Construct, id: string, props: MediaProStackProps) {
    super(scope, id, props);
    const { placement } = props;
    const media = this.#media(placement);
    const tagger = this.#tagger(placement, media);
    const thumbnailer = this.#thumbnailer(media);
    const events = new Topic(this, 'ContentEvents', { topicName: WORKLOADS.contentEvents });
    events.addSubscription(new LambdaSubscription(thumbnailer.function));
    events.addToResourcePolicy(
      new PolicyStatement({
        sid: 'DataAccountPublishes',
        principals: [new AccountPrincipal(placement.accounts.data)],
        actions: ['sns:Publish'],
        resources: [events.topicArn],
      }),
    );
    tagger.function.addPermission('Media', {
      principal: new ServicePrincipal('s3.amazonaws.com'),
      sourceAccount: placement.accounts.workloads,
      sourceArn: media.bucketArn,
    });
    this.#deployment();
    this.#people();
    new Bridges(this, 'Bridges', { placement, media });
  }

  #media(placement: Placement): Bucket {
    return new Bucket(this, 'Media', {
      bucketName: bucketNames(placement).media,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  #tagger(placement: Placement, media: Bucket): Workload {
    const arns = arnsOf(placement);
    const quarantine = decoys(placement).filter((decoy) => decoy.id === 'deny-on-identity-side');
    const deny = new ManagedPolicy(this, 'NoQuarantine', {
      managedPolicyName: WORKLOADS.quarantinePolicy,
      description: 'Nothing reads what is in quarantine',
      document: policyDocument([
        {
          Sid: 'NoQuarantine',
          Effect: 'Deny',
          Action: 'sts:AssumeRole',
          Resource: quarantine.map(({ role }) => arns.role('data', role)),
        },
      ]),
    });
    return new Workload(this, 'Tagger', {
      name: WORKLOADS.tagger,
      roleName: WORKLOADS.taggerRole,
      description: 'Tags new media with what customers like',
      team: 'content',
      managedPolicies: [deny],
      policies: {
        'read-customers': [
          { Sid: 'AssumeCustomerReader', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: arns.reader },
        ],
        'read-media': [
          { Sid: 'ReadMedia', Effect: 'Allow', Action: 's3:GetObject', Resource: media.arnForObjects('*') },
        ],
        'left-over': [
          ...decoys(placement).flatMap(({ identity }) => identity),
          // The table has no policy of its own, so across accounts this gives nothing.
          {
            Sid: 'QueryArchive',
            Effect: 'Allow',
            Action: ['dynamodb:GetItem', 'dynamodb:Query'],
            Resource: arns.table(DATA.archive),
          },
        ],
      },
    });
  }

  #thumbnailer(media: Bucket): Workload {
    const readWrite: Statement = {
      Sid: 'ReadWriteMedia',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: media.arnForObjects('*'),
    };
    const boundary = new ManagedPolicy(this, 'Boundary', {
      managedPolicyName: WORKLOADS.boundary,
      description: 'The most that a workload may ever do',
      document: policyDocument([
        { Sid: 'Media', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', 'logs:*'], Resource: '*' },
      ]),
    });
    return new Workload(this, 'Thumbnailer', {
      name: WORKLOADS.thumbnailer,
      roleName: WORKLOADS.thumbnailerRole,
      description: 'Makes thumbnails',
      team: 'content',
      policies: { media: [readWrite] },
      boundary,
      // It names the application of the MCP server, but is none itself: no tag says so.
      environment: { AZURE_CLIENT_ID: ENTRA.apps.mcpTools, AZURE_TENANT_ID: ENTRA.tenant },
    });
  }

  /** A workflow on GitHub deploys code; a crawler that nobody uses any more. */
  #deployment(): void {
    new CfnOIDCProvider(this, 'GitHub', { url: `https://${GITHUB.issuer}`, clientIdList: [GITHUB.audience] });
    new Role(this, 'Deploy', {
      roleName: WORKLOADS.deployRole,
      description: 'Deploys the content pipeline from its main branch',
      assumedBy: new WebIdentityPrincipal(`arn:aws:iam::${this.account}:oidc-provider/${GITHUB.issuer}`, {
        StringEquals: {
          [`${GITHUB.issuer}:aud`]: GITHUB.audience,
          [`${GITHUB.issuer}:sub`]: GITHUB.subject,
        },
      }),
      inlinePolicies: {
        deploy: policyDocument([
          {
            Sid: 'UpdateThumbnailer',
            Effect: 'Allow',
            Action: ['lambda:GetFunction', 'lambda:UpdateFunctionCode'],
            Resource: `arn:aws:lambda:${this.region}:${this.account}:function:${WORKLOADS.thumbnailer}`,
          },
        ]),
      },
    });
    new Role(this, 'Crawler', {
      roleName: WORKLOADS.crawlerRole,
      path: '/service-role/',
      description: 'Made by the console for a crawler',
      assumedBy: new ServicePrincipal('glue.amazonaws.com'),
    });
  }

  #people(): void {
    const operate = new ManagedPolicy(this, 'Operate', {
      managedPolicyName: WORKLOADS.operatorsPolicy,
      description: 'Look at functions and their logs',
      document: policyDocument([
        { Effect: 'Allow', Action: ['lambda:Get*', 'lambda:List*', 'logs:FilterLogEvents'], Resource: '*' },
      ]),
    });
    const operators = new CfnGroup(this, 'Operators', {
      groupName: WORKLOADS.operators,
      managedPolicyArns: [`arn:aws:iam::${this.account}:policy/${WORKLOADS.operatorsPolicy}`],
    });
    operators.node.addDependency(operate);
    const oncall = new User(this, 'Oncall', { userName: WORKLOADS.oncall });
    Tags.of(oncall).add('team', 'operations');
    const member = new CfnUserToGroupAddition(this, 'OncallOperates', {
      groupName: WORKLOADS.operators,
      users: [WORKLOADS.oncall],
    });
    member.node.addDependency(operators, oncall);
  }
}
