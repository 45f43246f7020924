import { RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  CfnGroup,
  CfnRole,
  CfnUserToGroupAddition,
  ManagedPolicy,
  PolicyStatement,
  Role,
  User,
} from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type Decoy, decoys, type Statement } from './decoys.ts';
import { DATA, PII_TAG } from './names.ts';
import { type Arns, arnsOf, bucketNames, type Placement } from './placement.ts';
import { policyDocument, Workload } from './workload.ts';
import type { MediaProStackProps } from './workloads-stack.ts';

const READ_TABLE = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'];

const readTable = (Sid: string, Resource: string | readonly string[]): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: READ_TABLE,
  Resource,
});

/** mp-data: the personal data that the story ends at, the role in between, the decoys' roles, and the life around them. */
export class DataStack extends Stack {
  constructor(scope: Construct, id: string, props: MediaProStackProps) {
    super(scope, id, props);
    const { placement } = props;
    const arns = arnsOf(placement);
    this.#tables();
    this.#buckets(placement, arns);
    this.#reader(placement, arns);
    for (const decoy of decoys(placement)) this.#decoy(decoy, arns);
    this.#workloads(arns);
    this.#people(arns);
    new Topic(this, 'Alerts', { topicName: DATA.alerts });
  }

  #tables(): void {
    for (const [id, tableName, holdsPii] of [
      ['Customers', DATA.customers, true],
      ['Archive', DATA.archive, true],
      ['PartnerExports', DATA.partnerExports, true],
      ['Catalog', DATA.catalog, false],
    ] as const) {
      const table = new Table(this, id, {
        tableName,
        partitionKey: { name: 'id', type: AttributeType.STRING },
        billingMode: BillingMode.PAY_PER_REQUEST,
        removalPolicy: RemovalPolicy.DESTROY,
      });
      if (holdsPii) Tags.of(table).add(PII_TAG.key, PII_TAG.value);
    }
  }

  #buckets(placement: Placement, arns: Arns): void {
    const names = bucketNames(placement);
    const options = { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, removalPolicy: RemovalPolicy.DESTROY };
    new Bucket(this, 'Lake', { bucketName: names.lake, ...options });
    const exports = new Bucket(this, 'PiiExports', { bucketName: names.piiExports, ...options });
    Tags.of(exports).add(PII_TAG.key, PII_TAG.value);
    // An explicit Deny wins over every Allow, so the reader's permission on this bucket gives nothing.
    new CfnBucketPolicy(this, 'PiiExportsPolicy', {
      bucket: exports.bucketName,
      policyDocument: policyDocument([
        {
          Sid: 'OnlyTheStewardReads',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: exports.arnForObjects('*'),
          Condition: { ArnNotEquals: { 'aws:PrincipalArn': arns.role('data', DATA.steward) } },
        },
      ]),
    });
  }

  /** The role in the middle of the story. It trusts one role of another account, and asks that the caller is of this organization. */
  #reader(placement: Placement, arns: Arns): void {
    const names = bucketNames(placement);
    new Role(this, 'Reader', {
      roleName: DATA.reader,
      description: 'Reads customers for workloads of other accounts',
      assumedBy: new ArnPrincipal(arns.taggerRole).withConditions({
        StringEquals: { 'aws:PrincipalOrgID': placement.organization_id },
      }),
      inlinePolicies: {
        'read-customers': policyDocument([readTable('ReadCustomers', arns.table(DATA.customers))]),
        'read-content': policyDocument([
          readTable('ReadCatalog', arns.table(DATA.catalog)),
          {
            Sid: 'ReadObjects',
            Effect: 'Allow',
            Action: 's3:GetObject',
            Resource: [`${arns.bucket(names.lake)}/*`, `${arns.bucket(names.piiExports)}/*`],
          },
        ]),
      },
    });
  }

  #decoy(decoy: Decoy, arns: Arns): void {
    new CfnRole(this, `Decoy-${decoy.id}`, {
      roleName: decoy.role,
      // No sentence of `why`: an apostrophe is not allowed in a description.
      description: `Decoy ${decoy.id}`,
      assumeRolePolicyDocument: policyDocument(decoy.trust),
      policies: [
        { policyName: 'read-pii', policyDocument: policyDocument([readTable('ReadPii', arns.table(decoy.reads))]) },
      ],
    });
  }

  #workloads(arns: Arns): void {
    new Workload(this, 'ProfileApi', {
      name: DATA.profileApi,
      roleName: DATA.profileApiRole,
      description: 'Answers questions about one customer',
      team: 'customers',
      policies: {
        customer: [
          {
            Sid: 'ReadOneCustomer',
            Effect: 'Allow',
            Action: 'dynamodb:GetItem',
            Resource: arns.table(DATA.customers),
          },
        ],
      },
    });
    const indexer = new Workload(this, 'Indexer', {
      name: DATA.indexer,
      roleName: DATA.indexerRole,
      description: 'Indexes the catalog',
      team: 'content',
      policies: { catalog: [readTable('ReadCatalog', arns.table(DATA.catalog))] },
    });
    const publish: Statement = {
      Sid: 'PublishCatalog',
      Effect: 'Allow',
      Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
      Resource: arns.table(DATA.catalog),
    };
    // Its trust names the indexer's role by its unique id: by that alone, a scan has to find out who may publish.
    const publisher = new Role(this, 'Publisher', {
      roleName: DATA.publisher,
      description: 'Publishes the catalog',
      assumedBy: new ArnPrincipal(indexer.role.roleId),
      inlinePolicies: { publish: policyDocument([publish]) },
    });
    publisher.node.addDependency(indexer.role);
  }

  /** People may read personal data too, but no workload becomes them. */
  #people(arns: Arns): void {
    new Role(this, 'Steward', {
      roleName: DATA.steward,
      description: 'Looks after personal data, with a second factor',
      assumedBy: new AccountRootPrincipal().withConditions({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
      inlinePolicies: {
        steward: policyDocument([
          {
            Sid: 'LookAfterPii',
            Effect: 'Allow',
            Action: 'dynamodb:*',
            Resource: [DATA.customers, DATA.archive, DATA.partnerExports].map((name) => arns.table(name)),
          },
        ]),
      },
    });
    const read = new ManagedPolicy(this, 'CatalogRead', {
      managedPolicyName: DATA.catalogRead,
      description: 'Read the catalog',
      document: policyDocument([readTable('ReadCatalog', arns.table(DATA.catalog))]),
    });
    const analysts = new CfnGroup(this, 'Analysts', {
      groupName: DATA.analysts,
      managedPolicyArns: [arns.policy('data', DATA.catalogRead)],
    });
    analysts.node.addDependency(read);
    const analyst = new User(this, 'Analyst', { userName: DATA.analyst });
    analyst.addToPolicy(new PolicyStatement({ sid: 'SeeTables', actions: ['dynamodb:ListTables'], resources: ['*'] }));
    const member = new CfnUserToGroupAddition(this, 'AnalystAnalyses', {
      groupName: DATA.analysts,
      users: [DATA.analyst],
    });
    member.node.addDependency(analysts, analyst);
  }
}
