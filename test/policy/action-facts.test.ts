import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import {
  type ActionLevel,
  actionFacts,
  actionsMatching,
  actionsOf,
  resourceTypesOf,
  serviceNames,
} from '../../src/policy/action-facts.ts';
import { actionTable, TABLE_FILE } from '../../tools/generate-action-facts.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Bytes that the table may add to a bundle. */
const BUDGET = 300_000;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html */
const KNOWN: readonly (readonly [action: string, level: ActionLevel, types: readonly string[]])[] = [
  ['iam:PassRole', 'Write', ['role']],
  ['iam:PutRolePolicy', 'Permissions management', ['role']],
  ['iam:UpdateAssumeRolePolicy', 'Permissions management', ['role']],
  ['iam:CreateRole', 'Write', ['role']],
  ['iam:GetRole', 'Read', ['role']],
  ['iam:ListRoles', 'List', []],
  ['iam:TagRole', 'Tagging', ['role']],
  ['iam:GetAccountAuthorizationDetails', 'Read', []],
  ['sts:AssumeRole', 'Write', ['role']],
  ['sts:GetCallerIdentity', 'Read', []],
  ['s3:GetObject', 'Read', ['accesspointobject', 'object']],
  ['s3:ListBucket', 'List', ['accesspoint', 'bucket']],
  ['s3:ListAllMyBuckets', 'List', []],
  ['s3:PutObject', 'Write', ['accesspointobject', 'object']],
  ['s3:PutBucketPolicy', 'Permissions management', ['bucket']],
  ['s3:PutBucketTagging', 'Tagging', ['bucket']],
  ['dynamodb:Query', 'Read', ['index', 'table']],
  ['dynamodb:GetItem', 'Read', ['table']],
  ['dynamodb:PutItem', 'Write', ['table']],
  ['dynamodb:ListTables', 'List', []],
  ['kms:Decrypt', 'Write', ['key']],
  ['kms:CreateGrant', 'Permissions management', ['key']],
  ['lambda:InvokeFunction', 'Write', ['function']],
  ['lambda:AddPermission', 'Permissions management', ['function']],
  ['secretsmanager:GetSecretValue', 'Read', ['Secret']],
  ['sns:Publish', 'Write', ['topic']],
  ['sqs:ReceiveMessage', 'Read', ['queue']],
  ['ec2:DescribeInstances', 'List', []],
  ['tag:GetResources', 'Read', []],
  ['tag:TagResources', 'Tagging', []],
  ['tag:UntagResources', 'Tagging', []],
  ['organizations:DescribeOrganization', 'Read', []],
];

describe('the facts of an action', () => {
  it.each(KNOWN)('%s: %s on %j', (action, access_level, types) => {
    const facts = actionFacts(action);
    expect(facts).toMatchObject({ action, access_level });
    expect([...(facts?.resource_types ?? ['unknown'])].sort()).toEqual(types);
  });

  it.each(['S3:GETOBJECT', 's3:getobject', 's3:GeToBjEcT'])('are found for %s, in AWS’s own spelling', (action) => {
    expect(actionFacts(action)?.action).toBe('s3:GetObject');
  });

  it('are found where the name of a service or an action has more than letters', () => {
    expect(actionFacts('execute-api:Invoke')?.access_level).toBe('Write');
    expect(actionFacts('route53:ListHostedZones')?.access_level).toBe('List');
    expect(actionFacts('elasticloadbalancing:DeleteRule')?.resource_types).toContain('listener-rule/app');
    expect(actionFacts('vpc-lattice:AssociateViaAWSService-EventsAndStates')).toBeDefined();
  });

  it.each([
    ['an action that is not documented', 's3:GetNothing'],
    ['a service that is not documented', 'nosuch:GetObject'],
    ['a pattern', 's3:Get*'],
    ['everything', '*'],
    ['a service', 's3'],
    ['a service without an action', 's3:'],
    ['an action without a service', ':GetObject'],
    ['an action with white space', ' s3:GetObject'],
    ['an action and more', 's3:GetObject:x'],
    ['nothing', ''],
    ['a word that JavaScript knows', 'constructor:constructor'],
    ['another word that JavaScript knows', '__proto__:toString'],
  ])('are unknown for %s', (_, action) => {
    expect(actionFacts(action)).toBeUndefined();
  });

  it('can’t be changed', () => {
    const facts = actionFacts('s3:GetObject');
    expect(facts).toBeDefined();
    expect(Object.isFrozen(facts) && Object.isFrozen(facts?.resource_types)).toBe(true);
    expect(actionFacts('s3:GetObject')).toBe(facts);
  });
});

describe('a pattern of actions', () => {
  const names = (pattern: string): readonly string[] => actionsMatching(pattern).map(({ action }) => action);

  it('stands for what it matches, in any case', () => {
    expect(names('s3:GetBucketP*')).toEqual([
      's3:GetBucketPolicy',
      's3:GetBucketPolicyStatus',
      's3:GetBucketPublicAccessBlock',
    ]);
    expect(names('S3:gEtBuCkEtP*')).toEqual(names('s3:GetBucketP*'));
    expect(names('iam:???sRole')).toEqual(['iam:PassRole']);
    expect(names('dynamodb:Query')).toEqual(['dynamodb:Query']);
  });

  it('may leave the service open', () => {
    expect(names('*:PassRole')).toEqual(['iam:PassRole']);
    expect(names('i?m:PassRole')).toEqual(['iam:PassRole']);
    expect(names('dynamodb*QUERY')).toEqual(['dynamodb:Query']);
  });

  it('of everything is every action of every service, once', () => {
    const all = names('*');
    expect(all).toEqual(serviceNames().flatMap((service) => (actionsOf(service) ?? []).map(({ action }) => action)));
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(15_000);
    expect(names('*:*')).toEqual(all);
  });

  it.each(['', 's3', 's3:', 's3:Nothing*', 'nosuch:*', '?'])('%j stands for no known action', (pattern) => {
    expect(names(pattern)).toEqual([]);
  });
});

describe('a service', () => {
  it('has its actions, in any case', () => {
    const actions = actionsOf('sts') ?? [];
    expect(actions).toContain(actionFacts('sts:AssumeRole'));
    expect(actions.every(({ action }) => action.startsWith('sts:'))).toBe(true);
    expect(actionsOf('STS')).toEqual(actions);
  });

  it('has types of resource with the patterns of their ARNs', () => {
    expect(resourceTypesOf('S3')).toContainEqual({ name: 'bucket', arns: [`arn:\${Partition}:s3:::\${BucketName}`] });
    expect(resourceTypesOf('iam')).toContainEqual({
      name: 'role',
      arns: [`arn:\${Partition}:iam::\${Account}:role/\${RoleNameWithPath}`],
    });
  });

  it('may have a type with several patterns, and a type whose name has a space', () => {
    const bot = resourceTypesOf('lex')?.find(({ name }) => name === 'bot');
    expect(bot?.arns).toEqual([
      `arn:\${Partition}:lex:\${Region}:\${Account}:bot/\${BotId}`,
      `arn:\${Partition}:lex:\${Region}:\${Account}:bot:\${BotName}`,
    ]);
    expect(resourceTypesOf('lambda')?.map(({ name }) => name)).toContain('function alias');
  });

  it('may have no type of resource: its actions are allowed on * only', () => {
    expect(resourceTypesOf('tag')).toEqual([]);
  });

  it('that is not documented has neither: that is not the same as none', () => {
    expect(actionsOf('nosuch')).toBeUndefined();
    expect(resourceTypesOf('nosuch')).toBeUndefined();
    expect(actionsOf('constructor')).toBeUndefined();
  });

  it('names only types that it has', () => {
    const dangling = serviceNames().flatMap((service) => {
      const types = new Set(resourceTypesOf(service)?.map(({ name }) => name));
      return (actionsOf(service) ?? []).filter(({ resource_types }) => resource_types.some((type) => !types.has(type)));
    });
    expect(dangling).toEqual([]);
  });
});

describe('the table', () => {
  it('is what the installed package gives: run `npm run generate:action-facts` where this fails', async () => {
    expect(JSON.parse(readFileSync(path.join(ROOT, TABLE_FILE), 'utf8'))).toEqual(await actionTable());
  }, 60_000);

  it('stays within its budget in a bundle', async () => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: "export * from './src/policy/action-facts.ts'",
        resolveDir: ROOT,
      },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      metafile: true,
      write: false,
    });
    const [bundle] = outputFiles;
    expect(bundle?.contents.byteLength).toBeLessThan(BUDGET);
    expect(bundle?.contents.byteLength).toBeGreaterThan(BUDGET / 10);
    expect(Object.keys(metafile.inputs).filter((file) => file.includes('node_modules'))).toEqual([]);
  });

  it('is left out of a bundle that does not ask for it', async () => {
    const { outputFiles } = await build({
      stdin: { contents: "import './src/policy/action-facts.ts'", resolveDir: ROOT },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    expect(outputFiles[0]?.contents.byteLength).toBeLessThan(2_000);
  });
});
