import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collected, type Spoke, startSpoke } from './spoke.ts';

const ISSUER = 'token.actions.githubusercontent.com';
const TENANT = '11111111-2222-4333-8444-555555555555';
const ENTRA = `sts.windows.net/${TENANT}/`;
const OBJECT = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const MAIN = 'repo:acme/app:ref:refs/heads/main';
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const FOREIGN = '909090909090';

let spoke: Spoke;
let seen: Collected;
let active: string;
let inactive: string;

const arn = (rest: string) => `arn:aws:iam::${spoke.account}:${rest}`;
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (more: object) => ({ Effect: 'Allow', ...more });

beforeAll(async () => {
  spoke = await startSpoke();
  const iam = spoke.root(IAMClient);
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'emulated' }));
  await iam.send(
    new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 14, RequireSymbols: true, MaxPasswordAge: 90 }),
  );
  for (const Url of [`https://${ISSUER}`, `https://${ENTRA}`]) {
    await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: ['sts.amazonaws.com'],
        ThumbprintList: ['a'.repeat(40)],
      }),
    );
  }
  await iam.send(
    new CreateSAMLProviderCommand({ Name: 'okta', SAMLMetadataDocument: `<xml>${'x'.repeat(1_000)}</xml>` }),
  );
  const trust = policy(
    allow({
      Principal: {
        AWS: [`arn:aws:iam::${FOREIGN}:root`, spoke.account, 'AROADELETEDROLE00000'],
        Service: 'ec2.amazonaws.com',
      },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
    }),
    allow({
      Principal: { Federated: arn(`oidc-provider/${ISSUER}`) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${ISSUER}:sub`]: MAIN } },
    }),
    allow({
      Principal: { Federated: arn(`oidc-provider/${ENTRA}`) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${ENTRA}:sub`]: OBJECT } },
    }),
    allow({
      Principal: { Federated: arn('saml-provider/okta') },
      Action: 'sts:AssumeRoleWithSAML',
      Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
    }),
    allow({ Principal: '*', Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }),
  );
  const RoleName = 'deployer';
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: '/ci/',
      AssumeRolePolicyDocument: trust,
      Tags: [{ Key: 'team', Value: 'x' }],
    }),
  );
  const PolicyDocument = policy(allow({ Action: 's3:GetObject', Resource: '*' }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'reads', PolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: READ_ONLY }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'deployer-profile' }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'deployer-profile', RoleName }));
  await iam.send(new CreatePolicyCommand({ PolicyName: 'mine', PolicyDocument }));
  await iam.send(new CreateGroupCommand({ GroupName: 'devs', Path: '/eng/' }));
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'reads', PolicyDocument }));
  await iam.send(new AddUserToGroupCommand({ UserName: 'bob', GroupName: 'devs' }));
  active = (await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }))).AccessKey?.AccessKeyId ?? '';
  inactive = (await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }))).AccessKey?.AccessKeyId ?? '';
  await iam.send(new UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId: inactive, Status: 'Inactive' }));
  seen = await spoke.collect('aws_iam');
});
afterAll(() => spoke?.stop());

const node = (id: string) => seen.nodes.find(({ source_record_id }) => source_record_id === id);
const edges = (type: string, end: 'from' | 'to', id: string) =>
  seen.edges.filter((edge) => edge.edge_type === type && edge[end].source_record_id === id);

describe('through the spoke role', () => {
  test('everything is seen, but for Identity Center, which is asked elsewhere', () => {
    expect(seen.gaps).toEqual([]);
    expect(seen.coverage).toEqual({
      'iam.account': 'complete',
      'iam.authorization-details': 'complete',
      'iam.oidc-providers': 'complete',
      'iam.saml-providers': 'complete',
      'iam.access-keys': 'complete',
      'identity-center.permission-sets': 'skipped',
      'identity-center.identities': 'skipped',
    });
  });

  test('the account has its alias and what it asks of passwords', () => {
    expect(node(arn('root'))).toMatchObject({
      display_name: 'emulated',
      properties: { alias: 'emulated', password_policy: { minimum_length: 14, requires_symbols: true } },
    });
  });

  test('a role has its policies, its tags and the instance profile that holds it', () => {
    const role = arn('role/ci/deployer');
    expect(node(role)?.properties).toMatchObject({
      inline_policies: [{ name: 'reads', policy_hash: expect.any(String) }],
      tags: [{ key: 'team', value: 'x' }],
    });
    expect(edges('HAS_POLICY', 'from', role)).toEqual([
      expect.objectContaining({ properties: { policy_hash: expect.any(String) } }),
    ]);
    expect(edges('AUTHENTICATES_AS', 'to', role).map(({ from }) => from.source_record_id)).toEqual([
      arn('instance-profile/deployer-profile'),
    ]);
  });

  test('every principal of its trust policy is an edge', () => {
    const trusted = edges('TRUSTS', 'to', arn('role/ci/deployer'));
    const told = trusted.map(({ from, properties }) => [from.entity_type, from.source_record_id, properties.boundary]);
    expect(told.sort()).toEqual([
      ['aws_account', arn('root'), 'same_account'],
      ['aws_anyone', '*', 'external'],
      ['aws_oidc_provider', arn(`oidc-provider/${ENTRA}`), 'external'],
      ['aws_oidc_provider', arn(`oidc-provider/${ISSUER}`), 'external'],
      ['aws_saml_provider', arn('saml-provider/okta'), 'external'],
      ['aws_service_principal', 'ec2.amazonaws.com', 'same_account'],
      ['external_aws_account', `arn:aws:iam::${FOREIGN}:root`, 'cross_account'],
      ['external_aws_principal', 'AROADELETEDROLE00000', 'external'],
      ['external_oidc_subject', OBJECT, 'external'],
      ['external_oidc_subject', MAIN, 'external'],
    ]);
    expect(new Set(trusted.map(({ properties }) => properties.trustPolicyHash))).toEqual(
      new Set([node(arn('role/ci/deployer'))?.properties.trust_policy_hash]),
    );
  });

  test('issuers are known by URL, and those of Entra by tenant', () => {
    expect(node(`https://${ISSUER}`)?.properties).toEqual({ providerUrl: `https://${ISSUER}` });
    expect(node(`https://${ENTRA}`)?.properties).toEqual({ providerUrl: `https://${ENTRA}`, entra_tenant_id: TENANT });
    expect(node(OBJECT)?.correlation_keys).toEqual([{ kind: 'entra_object_id', value: `${TENANT}/${OBJECT}` }]);
  });

  test('a user is in its group, and has keys of which only the active one is a way in', () => {
    expect(edges('MEMBER_OF', 'from', arn('user/bob')).map(({ to }) => to.source_record_id)).toEqual([
      arn('group/eng/devs'),
    ]);
    expect([active, inactive].map((id) => node(id)?.properties.status)).toEqual(['Active', 'Inactive']);
    expect(edges('AUTHENTICATES_AS', 'to', arn('user/bob')).map(({ from }) => from.source_record_id)).toEqual([active]);
  });

  test('a policy of the account is a node with the hash of what it says', () => {
    expect(node(arn('policy/mine'))?.properties).toMatchObject({ policy_hash: expect.any(String) });
  });
});

test('the authorization details are one call', async () => {
  spoke.aws.faults.resetCalls();
  await spoke.collect('aws_iam');
  expect(spoke.aws.faults.countCalls({ action: 'iam:GetAccountAuthorizationDetails' })).toBe(1);
});

test.each([
  ['iam:GetAccountAuthorizationDetails', 'iam.authorization-details'],
  ['iam:ListAccessKeys', 'iam.access-keys'],
  ['iam:GetAccountPasswordPolicy', 'iam.account'],
  ['iam:ListSAMLProviders', 'iam.saml-providers'],
])('%s that is denied is a gap of %s, and nothing else is', async (action, collector) => {
  const denied = await spoke.without([action], () => spoke.collect('aws_iam'));
  expect(denied.gaps.map((gap) => [gap.code, gap.action])).toEqual([['access_denied', action]]);
  expect(Object.entries(denied.coverage).filter(([, status]) => status === 'denied')).toEqual([[collector, 'denied']]);
});

test('many roles come in pages, and the same is seen', async () => {
  spoke.aws.faults.inject({ when: { action: 'iam:GetAccountAuthorizationDetails' }, fault: { page_size: 2 } });
  const paged = await spoke.collect('aws_iam');
  spoke.aws.faults.clear();
  const names = ({ nodes }: Collected) => nodes.map(({ source_record_id }) => source_record_id).sort();
  expect(names(paged)).toEqual(names(seen));
  expect(paged.edges.length).toBe(seen.edges.length);
  expect(paged.by['iam.authorization-details']?.cursors.length).toBeGreaterThan(1);
});
