import type { InstanceProfile, RoleDetail } from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRole } from '../../../../src/connectors/aws/iam/role.ts';
import { policyDocument } from '../../../../src/connectors/aws/policy-document.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, HOME } from '../look.ts';

const ARN = `arn:aws:iam::${ACCOUNT}:role/service/tagger`;
const ALLOW = { Effect: 'Allow', Action: 'sts:AssumeRole' };
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

const encoded = (document: unknown): string => encodeURIComponent(JSON.stringify(document));
const trusting = (...statements: readonly unknown[]): string =>
  encoded({ Version: '2012-10-17', Statement: statements });

const aRole = (overrides: Partial<RoleDetail> = {}): RoleDetail => ({
  Arn: ARN,
  RoleId: 'AROAEXAMPLE',
  RoleName: 'tagger',
  Path: '/service/',
  CreateDate: new Date('2026-01-02T03:04:05Z'),
  AssumeRolePolicyDocument: trusting({ ...ALLOW, Principal: { Service: 'lambda.amazonaws.com' } }),
  ...overrides,
});

const convert = (overrides: Partial<RoleDetail> = {}, hashes: ReadonlyMap<string, string> = new Map()) =>
  sorted(toRole(aRole(overrides), HOME, hashes));

const trusts = (...statements: readonly unknown[]) =>
  convert({ AssumeRolePolicyDocument: trusting(...statements) }).edges.filter(
    ({ edge_type }) => edge_type === 'TRUSTS',
  );

describe('a role', () => {
  it('is a node with the hashes of its documents', () => {
    const policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
    const { nodes, observations } = convert({
      RolePolicyList: [{ PolicyName: 'all', PolicyDocument: encoded(policy) }],
    });
    const documents = observations.filter(({ kind }) => kind === 'policy_document');
    expect(nodes).toEqual([
      expect.objectContaining({
        entity_type: 'aws_iam_role',
        source_system_id: `aws:${ACCOUNT}`,
        source_record_id: ARN,
        display_name: 'tagger',
        api: 'iam:GetAccountAuthorizationDetails',
        properties: {
          arn: ARN,
          unique_id: 'AROAEXAMPLE',
          name: 'tagger',
          path: '/service/',
          created_at: '2026-01-02T03:04:05.000Z',
          trust_policy_hash: policyDocument(aRole().AssumeRolePolicyDocument ?? '').hash,
          inline_policies: [{ name: 'all', policy_hash: policyDocument(encoded(policy)).hash }],
          permissions_boundary: null,
          tags: [],
        },
      }),
    ]);
    expect(documents).toHaveLength(2);
  });

  it('belongs to its account', () => {
    const edge = convert().edges.find(({ edge_type }) => edge_type === 'BELONGS_TO');
    expect(edge).toMatchObject({
      to: { entity_type: 'aws_account', source_record_id: `arn:aws:iam::${ACCOUNT}:root` },
    });
  });

  it('copies no field that is not named: a description, a last use', () => {
    const [node] = convert({ RoleLastUsed: { Region: 'eu-west-1' } }).nodes;
    expect(JSON.stringify(node)).not.toContain('eu-west-1');
  });

  it.each<[string, Partial<RoleDetail>, unknown]>([
    [
      'when and where it was last used',
      { RoleLastUsed: { LastUsedDate: new Date('2026-03-04T05:06:07Z'), Region: 'eu-west-1' } },
      [{ at: '2026-03-04T05:06:07.000Z', region: 'eu-west-1' }],
    ],
    [
      'that nobody used it in 400 days, which AWS says by an empty field',
      { RoleLastUsed: {} },
      [{ at: null, region: null }],
    ],
    ['nothing of its use where AWS says nothing', {}, []],
  ])('tells %s', (_, overrides, values) => {
    const uses = convert(overrides).observations.filter((seen) => seen.kind === 'activity');
    expect(uses.map(({ value }) => value)).toEqual(values);
    for (const use of uses) expect(use).toMatchObject({ name: 'last_used', entity: { source_record_id: ARN } });
  });

  const PROFILE = `arn:aws:iam::${ACCOUNT}:instance-profile/service/tagger`;

  it('is held by its instance profile, which is a thing of its own', () => {
    const { nodes, edges } = convert({
      InstanceProfileList: [
        {
          Arn: PROFILE,
          InstanceProfileName: 'tagger',
          InstanceProfileId: 'AIPAEXAMPLE',
          Path: '/service/',
          CreateDate: new Date('2026-01-02T03:04:05Z'),
          Roles: [],
        },
      ],
    });
    expect(nodes[1]).toMatchObject({
      entity_type: 'aws_iam_instance_profile',
      source_record_id: PROFILE,
      display_name: 'tagger',
      properties: { unique_id: 'AIPAEXAMPLE', path: '/service/', created_at: '2026-01-02T03:04:05.000Z' },
    });
    expect(edges).toContainEqual(
      expect.objectContaining({
        edge_type: 'AUTHENTICATES_AS',
        from: expect.objectContaining({ source_record_id: PROFILE }),
        to: expect.objectContaining({ source_record_id: ARN }),
        stated_by: expect.objectContaining({
          source_record_id: ARN,
          source_field_path: `InstanceProfileList[${PROFILE}]`,
        }),
      }),
    );
    expect(edges).toContainEqual(
      expect.objectContaining({
        edge_type: 'BELONGS_TO',
        from: expect.objectContaining({ source_record_id: PROFILE }),
      }),
    );
  });

  it.each<[string, Partial<RoleDetail>, Record<string, unknown>]>([
    [
      'tags in the order of their keys',
      {
        Tags: [
          { Key: 'b', Value: '<&>' },
          { Key: 'a', Value: '1' },
        ],
      },
      {
        tags: [
          { key: 'a', value: '1' },
          { key: 'b', value: '<&>' },
        ],
      },
    ],
    [
      'a boundary of the account',
      { PermissionsBoundary: { PermissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/edge` } },
      { permissions_boundary: `arn:aws:iam::${ACCOUNT}:policy/edge` },
    ],
  ])('has %s', (_, overrides, properties) => {
    expect(convert(overrides).nodes[0]?.properties).toMatchObject(properties);
  });

  it.each<[string, Partial<RoleDetail>]>([
    ['no ARN', { Arn: undefined }],
    ['no name', { RoleName: undefined }],
    ['an instance profile without an ARN', { InstanceProfileList: [{ InstanceProfileName: 'x' } as InstanceProfile] }],
    ['no trust policy', { AssumeRolePolicyDocument: undefined }],
    ['a trust policy that is no JSON', { AssumeRolePolicyDocument: '%7Boops' }],
    ['a trust policy that is badly encoded', { AssumeRolePolicyDocument: '%zz' }],
    ['a trust policy that is a list', { AssumeRolePolicyDocument: '%5B%5D' }],
    [
      'a principal of a kind that nobody knows',
      { AssumeRolePolicyDocument: trusting({ ...ALLOW, Principal: { Gcp: 'x' } }) },
    ],
    ['a statement that is a text', { AssumeRolePolicyDocument: trusting('Allow') }],
  ])('with %s is unreadable', (_, overrides) => {
    expect(() => convert(overrides)).toThrow(TypeError);
  });
});

describe('policies of a role', () => {
  const attached = { AttachedManagedPolicies: [{ PolicyArn: READ_ONLY, PolicyName: 'ReadOnlyAccess' }] };
  const edgeOf = (hashes: ReadonlyMap<string, string>) =>
    convert(attached, hashes).edges.find(({ edge_type }) => edge_type === 'HAS_POLICY');

  it('an AWS managed policy belongs to the partition, and its hash stands on the edge', () => {
    expect(edgeOf(new Map([[READ_ONLY, 'abc']]))).toMatchObject({
      to: { entity_type: 'aws_iam_policy', source_system_id: 'aws:aws', source_record_id: READ_ONLY },
      stated_by: { source_record_id: ARN, source_field_path: `AttachedManagedPolicies[${READ_ONLY}]` },
      properties: { policy_hash: 'abc' },
    });
  });

  it('a hash that is not known is left out, not guessed', () => {
    expect(edgeOf(new Map())?.properties).toEqual({});
  });
});

describe('trusts of a role', () => {
  const FOREIGN = '222222222222';

  it.each<[string, unknown, string, string, string]>([
    ['its own account by number', { AWS: ACCOUNT }, 'aws_account', `arn:aws:iam::${ACCOUNT}:root`, 'same_account'],
    [
      'its own account by ARN',
      { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      'aws_account',
      `arn:aws:iam::${ACCOUNT}:root`,
      'same_account',
    ],
    [
      'a foreign account by number',
      { AWS: FOREIGN },
      'external_aws_account',
      `arn:aws:iam::${FOREIGN}:root`,
      'cross_account',
    ],
    [
      'a foreign account by ARN',
      { AWS: [`arn:aws:iam::${FOREIGN}:root`] },
      'external_aws_account',
      `arn:aws:iam::${FOREIGN}:root`,
      'cross_account',
    ],
    [
      'a role of another account',
      { AWS: `arn:aws:iam::${FOREIGN}:role/a/b` },
      'aws_iam_role',
      `arn:aws:iam::${FOREIGN}:role/a/b`,
      'cross_account',
    ],
    [
      'a user of the account',
      { AWS: `arn:aws:iam::${ACCOUNT}:user/bob` },
      'aws_iam_user',
      `arn:aws:iam::${ACCOUNT}:user/bob`,
      'same_account',
    ],
    [
      'a role that was deleted',
      { AWS: 'AROADELETEDROLE00000' },
      'external_aws_principal',
      'AROADELETEDROLE00000',
      'external',
    ],
    [
      'one session of a role',
      { AWS: `arn:aws:sts::${FOREIGN}:assumed-role/r/s` },
      'external_aws_principal',
      `arn:aws:sts::${FOREIGN}:assumed-role/r/s`,
      'cross_account',
    ],
    ['a service', { Service: 'lambda.amazonaws.com' }, 'aws_service_principal', 'lambda.amazonaws.com', 'same_account'],
    [
      'an OIDC provider',
      { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` },
      'aws_oidc_provider',
      `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
      'external',
    ],
    [
      'a SAML provider',
      { Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/Okta` },
      'aws_saml_provider',
      `arn:aws:iam::${ACCOUNT}:saml-provider/Okta`,
      'external',
    ],
    [
      'an issuer without a provider',
      { Federated: 'cognito-identity.amazonaws.com' },
      'external_oidc_provider',
      'https://cognito-identity.amazonaws.com',
      'external',
    ],
    ['anyone', '*', 'aws_anyone', '*', 'external'],
    ['anyone, spelled differently', { AWS: '*' }, 'aws_anyone', '*', 'external'],
  ])('%s', (_, Principal, entity_type, source_record_id, boundary) => {
    expect(trusts({ ...ALLOW, Principal })).toEqual([
      expect.objectContaining({
        from: expect.objectContaining({ entity_type, source_record_id }),
        to: expect.objectContaining({ entity_type: 'aws_iam_role', source_record_id: ARN }),
        properties: expect.objectContaining({ boundary, effect: 'Allow', actions: ['sts:AssumeRole'] }),
      }),
    ]);
  });

  it('every principal of every statement is an edge, named by value', () => {
    const edges = trusts(
      { ...ALLOW, Principal: { AWS: [ACCOUNT, FOREIGN], Service: 'ecs.amazonaws.com' } },
      { ...ALLOW, Effect: 'Deny', Principal: { AWS: FOREIGN } },
    );
    expect(edges.map(({ properties }) => properties.effect)).toEqual(['Allow', 'Allow', 'Allow', 'Deny']);
    expect(edges[0]?.stated_by.source_field_path).toMatch(
      /^AssumeRolePolicyDocument\.Statement\[[0-9a-f]{16}\]\.Principal\.AWS\[111111111111\]$/,
    );
    expect(new Set(edges.map(({ stated_by }) => stated_by.source_field_path)).size).toBe(4);
  });

  it('the order in which IAM lists things changes nothing', () => {
    const one = { ...ALLOW, Action: ['sts:AssumeRole', 'sts:TagSession'], Principal: { AWS: [ACCOUNT, FOREIGN] } };
    const other = {
      Principal: { AWS: [FOREIGN, ACCOUNT] },
      Action: ['sts:TagSession', 'sts:AssumeRole'],
      Effect: 'Allow',
    };
    expect(trusts(other)).toEqual(trusts(one));
  });

  it('a principal that is listed twice is one edge', () => {
    expect(trusts({ ...ALLOW, Principal: { AWS: [ACCOUNT, ACCOUNT] } })).toHaveLength(1);
    expect(trusts({ ...ALLOW, Principal: '*' }, { ...ALLOW, Principal: '*' })).toHaveLength(1);
  });

  it('another principal beside it does not rename an edge', () => {
    const [alone] = trusts({ ...ALLOW, Principal: { AWS: ACCOUNT } });
    const [beside] = trusts({ ...ALLOW, Principal: { AWS: [ACCOUNT, FOREIGN] } });
    expect(beside?.stated_by).toEqual(alone?.stated_by);
  });

  it('conditions are kept as a list, in a fixed order', () => {
    const Condition = {
      StringEquals: { 'sts:ExternalId': 'x', 'aws:PrincipalOrgID': ['o-1'] },
      Bool: { 'aws:MultiFactorAuthPresent': true },
    };
    expect(trusts({ ...ALLOW, Principal: { AWS: ACCOUNT }, Condition })[0]?.properties.conditions).toEqual([
      { operator: 'Bool', key: 'aws:MultiFactorAuthPresent', values: ['true'] },
      { operator: 'StringEquals', key: 'aws:PrincipalOrgID', values: ['o-1'] },
      { operator: 'StringEquals', key: 'sts:ExternalId', values: ['x'] },
    ]);
  });

  it('a single statement without its list is read like any other', () => {
    const AssumeRolePolicyDocument = encoded({ Statement: { ...ALLOW, Principal: '*' } });
    expect(convert({ AssumeRolePolicyDocument }).edges.filter(({ edge_type }) => edge_type === 'TRUSTS')).toHaveLength(
      1,
    );
  });

  it('NotPrincipal names nobody, and gives no edge', () => {
    expect(trusts({ ...ALLOW, Effect: 'Deny', NotPrincipal: { AWS: ACCOUNT } })).toEqual([]);
  });

  it('whatever a document holds, it is either unreadable or every edge of it stands on a field of its own', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(ACCOUNT, `arn:aws:iam::${FOREIGN}:root`, '*', 'arn:::::'));
    const principal = fc.oneof(
      text,
      fc.dictionary(
        fc.constantFrom('AWS', 'Service', 'Federated', 'Gcp'),
        fc.oneof(text, fc.array(text), fc.jsonValue()),
      ),
    );
    const statement = fc.oneof(
      fc.jsonValue(),
      fc.record({
        Effect: text,
        Action: fc.oneof(text, fc.array(text)),
        Principal: principal,
        Condition: fc.jsonValue(),
      }),
    );
    fc.assert(
      fc.property(fc.oneof(statement, fc.array(statement)), (Statement) => {
        const AssumeRolePolicyDocument = encoded({ Statement });
        let edges: ReturnType<typeof convert>['edges'];
        try {
          edges = convert({ AssumeRolePolicyDocument }).edges;
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
        const paths = edges.map(({ stated_by }) => stated_by.source_field_path);
        expect(new Set(paths).size).toBe(paths.length);
      }),
    );
  });
});
