import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { decoys } from '../../labs/mediapro/decoys.ts';
import { expectations } from '../../labs/mediapro/expectations.ts';
import { BRIDGES, DATA, ENTRA, PII_TAG, WORKLOADS } from '../../labs/mediapro/names.ts';
import { arnsOf, bucketNames, type Placement, readPlacement } from '../../labs/mediapro/placement.ts';
import { mediaPro, STACK_NAMES, synthesize } from '../../labs/mediapro/stacks.ts';
import { splitTemplate } from '../../labs/resources-apart.ts';

const placement: Placement = {
  region: 'eu-west-1',
  organization_id: 'o-a1b2c3d4e5',
  accounts: { security: '111111111111', workloads: '222222222222', data: '333333333333' },
};
const arns = arnsOf(placement);

const app = new App();
mediaPro(app, placement);
const template = (name: string) => Template.fromJSON(app.synth().getStackByName(name).template);
const workloads = template(STACK_NAMES.workloads);
const data = template(STACK_NAMES.data);

/** The tables of mp-data, by whether they are tagged as personal data. */
const piiTables = Object.values(data.findResources('AWS::DynamoDB::Table', {}))
  .filter(({ Properties }) => (Properties.Tags ?? []).some((tag: { Key: string }) => tag.Key === PII_TAG.key))
  .map(({ Properties }) => Properties.TableName);

describe('the story', () => {
  it('begins with a function that runs as a role which may assume the reader', () => {
    workloads.hasResourceProperties('AWS::Lambda::Function', { FunctionName: WORKLOADS.tagger });
    workloads.hasResourceProperties('AWS::IAM::Role', {
      RoleName: WORKLOADS.taggerRole,
      Policies: Match.arrayWith([
        {
          PolicyName: 'read-customers',
          PolicyDocument: Match.objectLike({
            Statement: [
              { Sid: 'AssumeCustomerReader', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: arns.reader },
            ],
          }),
        },
      ]),
    });
  });

  it('goes on with a role that trusts exactly that role, from inside the organization', () => {
    data.hasResourceProperties('AWS::IAM::Role', {
      RoleName: DATA.reader,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: arns.taggerRole },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:PrincipalOrgID': placement.organization_id } },
          },
        ],
      },
    });
  });

  it('ends at a table that is tagged as personal data', () => {
    expect(piiTables.toSorted()).toEqual([DATA.archive, DATA.customers, DATA.partnerExports].toSorted());
  });

  it('is what the expectations say', () => {
    const { story, paths } = expectations(placement);
    expect(story.through).toEqual([
      'arn:aws:lambda:eu-west-1:222222222222:function:mp-content-tagger',
      'arn:aws:iam::222222222222:role/mp-content-tagger-role',
      'arn:aws:iam::333333333333:role/mp-cross-account-data-reader',
      'arn:aws:dynamodb:eu-west-1:333333333333:table/mp-pii-customers',
    ]);
    expect(paths).toContain(story);
  });
});

describe('decoys', () => {
  it.each(decoys(placement).map((decoy) => [decoy.id, decoy] as const))('%s is a role in mp-data', (_, decoy) => {
    data.hasResourceProperties('AWS::IAM::Role', {
      RoleName: decoy.role,
      AssumeRolePolicyDocument: Match.objectLike({ Statement: decoy.trust }),
    });
    expect(piiTables).toContain(decoy.reads);
    expect(decoy.reads).not.toBe(DATA.customers);
  });

  it('each is forbidden, with its reason', () => {
    const { forbidden } = expectations(placement);
    for (const { id, role, why } of decoys(placement)) {
      expect(forbidden).toContainEqual({ decoy: id, at: arns.role('data', role), why });
    }
  });

  it('the tagged bucket denies everybody but the steward', () => {
    data.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:GetObject',
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': arns.role('data', DATA.steward) } },
          }),
        ],
      }),
    });
    data.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: bucketNames(placement).piiExports,
      Tags: Match.arrayWith([{ Key: PII_TAG.key, Value: PII_TAG.value }]),
    });
  });
});

describe('bridges', () => {
  const tagged = (Key: string, Value: string) => Match.arrayWith([Match.objectLike({ Key, Value })]);

  it('an agent of Bedrock has one tool: the bridge, whose role may read the credential of one application', () => {
    workloads.hasResourceProperties('AWS::Bedrock::Agent', {
      AgentName: BRIDGES.supportRouter,
      ActionGroups: [
        Match.objectLike({ ActionGroupExecutor: { Lambda: arns.function('workloads', BRIDGES.mcpBridge) } }),
      ],
    });
    workloads.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: BRIDGES.mcpBridgeSecret,
      Tags: tagged('entra-app-id', ENTRA.apps.mcpBridge),
    });
    workloads.hasResourceProperties('AWS::IAM::Role', {
      RoleName: BRIDGES.mcpBridgeRole,
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: [Match.objectLike({ Action: 'secretsmanager:GetSecretValue' })],
          }),
        }),
      ],
    });
  });

  it('of two functions that name an application of Entra, one is tagged as an MCP server', () => {
    const named = workloads.findResources('AWS::Lambda::Function', {
      Properties: { Environment: { Variables: { AZURE_CLIENT_ID: ENTRA.apps.mcpTools } } },
    });
    expect(
      Object.values(named)
        .map(({ Properties }) => Properties.FunctionName)
        .toSorted(),
    ).toEqual([BRIDGES.mcpTools, WORKLOADS.thumbnailer]);
    workloads.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: BRIDGES.mcpTools,
      Tags: tagged('mcp-server', 'true'),
    });
  });

  it('a role trusts one service principal of the tenant, by its object id', () => {
    const issuer = `sts.windows.net/${ENTRA.tenant}/`;
    workloads.hasResourceProperties('AWS::IAM::Role', {
      RoleName: BRIDGES.foundryRouterRole,
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Principal: { Federated: `arn:aws:iam::${placement.accounts.workloads}:oidc-provider/${issuer}` },
            Condition: {
              StringEquals: {
                [`${issuer}:aud`]: 'api://sp-mp-foundry-router',
                [`${issuer}:sub`]: ENTRA.principals.foundryRouter,
              },
            },
          }),
        ],
      }),
    });
  });

  it('the function with a URL lets nobody in without a signature', () => {
    workloads.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    workloads.resourceCountIs('AWS::Lambda::Url', 1);
  });
});

describe('templates', () => {
  it('fit into the call that creates a stack, and need no bootstrapped account', () => {
    for (const { template: body } of synthesize(placement)) {
      expect(body.length).toBeLessThan(51_200);
      expect(JSON.parse(body)).not.toHaveProperty('Parameters');
    }
  });

  it('are the same whenever they are synthesized', () => {
    expect(synthesize(placement)).toEqual(synthesize(placement));
  });

  it('lose nothing when what a CloudFormation does not know is taken out', () => {
    const [{ template: whole } = { template: '' }] = synthesize(placement);
    const types = [
      'AWS::Bedrock::Agent',
      'AWS::IAM::Group',
      'AWS::IAM::OIDCProvider',
      'AWS::IAM::OIDCProvider',
      'AWS::IAM::UserToGroupAddition',
    ];
    const { template: rest, apart } = splitTemplate(whole, types);
    const count = (body: string) => Object.keys(JSON.parse(body).Resources).length;
    expect(count(rest) + apart.length).toBe(count(whole));
    expect(apart.map(({ Type }) => Type).toSorted()).toEqual(types);
  });

  it('a placement that is wrong names every field', () => {
    const values: Record<string, string> = { region: 'here', workloads: '12', data: '333333333333' };
    const names = ['REGION', 'ORGANIZATION_ID', 'SECURITY_ACCOUNT', 'WORKLOADS_ACCOUNT'];
    for (const name of names) expect(() => readPlacement((field) => values[field])).toThrow(`MEDIAPRO_${name}`);
  });
});
