import { describe, expect, it } from 'vitest';
import { entraTenantOf } from '../../../../src/connectors/aws/iam/entra-issuer.ts';
import { toOidcProvider } from '../../../../src/connectors/aws/iam/federation.ts';
import { toTrusts } from '../../../../src/connectors/aws/iam/trust.ts';
import { policyDocument } from '../../../../src/connectors/aws/policy-document.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, HOME } from '../look.ts';

const TENANT = '11111111-2222-4333-8444-555555555555';
const OBJECT = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const GITHUB = 'token.actions.githubusercontent.com';
const ENTRA_V1 = `sts.windows.net/${TENANT}/`;
const ENTRA_V2 = `login.microsoftonline.com/${TENANT}/v2.0`;
const MAIN = 'repo:acme/app:ref:refs/heads/main';
const ROLE = {
  entity_type: 'aws_iam_role',
  source_system_id: `aws:${ACCOUNT}`,
  source_record_id: `arn:aws:iam::${ACCOUNT}:role/deploy`,
} as const;

const providerArn = (issuer: string) => `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`;

/** What a role states that trusts an issuer under a condition. */
function trusting(issuer: string, Condition: object, more: object = {}) {
  const Statement = {
    Effect: 'Allow',
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: providerArn(issuer) },
    Condition,
    ...more,
  };
  const document = policyDocument(JSON.stringify({ Version: '2012-10-17', Statement }));
  return { ...sorted(toTrusts(ROLE, document, HOME, 'iam:X')), hash: document.hash };
}

const subjects = (issuer: string, Condition: object): readonly string[] =>
  trusting(issuer, Condition).nodes.map(({ source_record_id }) => source_record_id);

describe('the subject that a role trusts', () => {
  it('is a principal beside its provider, as the trusting side sees it: issuer and exact subject', () => {
    const Condition = { StringEquals: { [`${GITHUB}:sub`]: MAIN, [`${GITHUB}:aud`]: 'sts.amazonaws.com' } };
    const { nodes, edges, hash } = trusting(GITHUB, Condition);
    expect(nodes).toEqual([
      {
        kind: 'node',
        entity_type: 'external_oidc_subject',
        source_system_id: `https://${GITHUB}`,
        source_record_id: MAIN,
        display_name: MAIN,
        properties: { providerUrl: `https://${GITHUB}`, subject: MAIN },
        api: 'iam:X',
      },
    ]);
    expect(edges.map(({ from }) => from.entity_type)).toEqual(['aws_oidc_provider', 'external_oidc_subject']);
    expect(edges[1]).toMatchObject({
      edge_type: 'TRUSTS',
      from: { source_system_id: `https://${GITHUB}`, source_record_id: MAIN },
      to: ROLE,
      properties: {
        boundary: 'external',
        effect: 'Allow',
        trustPolicyHash: hash,
        conditions: [
          { operator: 'StringEquals', key: `${GITHUB}:aud`, values: ['sts.amazonaws.com'] },
          { operator: 'StringEquals', key: `${GITHUB}:sub`, values: [MAIN] },
        ],
      },
    });
    expect(edges[1]?.stated_by.source_field_path).toMatch(
      /^AssumeRolePolicyDocument\.Statement\[[0-9a-f]{16}\]\.Condition\.StringEquals\.token\.actions\.githubusercontent\.com:sub\[repo:acme\/app:ref:refs\/heads\/main\]$/,
    );
  });

  it.each<[string, object, readonly string[]]>([
    ['two of them', { StringEquals: { [`${GITHUB}:sub`]: [MAIN, 'b'] } }, ['b', MAIN]],
    ['like, without a wildcard', { StringLike: { [`${GITHUB}:sub`]: MAIN } }, [MAIN]],
    ['any value of the one', { 'ForAnyValue:StringEquals': { [`${GITHUB}:sub`]: MAIN } }, [MAIN]],
    ['in a key of other case', { StringEquals: { 'Token.actions.GitHubUserContent.com:SUB': MAIN } }, [MAIN]],
    [
      'twice, of which both must hold',
      { StringEquals: { [`${GITHUB}:sub`]: [MAIN, 'b'] }, StringLike: { [`${GITHUB}:sub`]: [MAIN, 'c'] } },
      [MAIN],
    ],
    [
      'and a pattern besides',
      { StringEquals: { [`${GITHUB}:sub`]: MAIN }, StringLike: { [`${GITHUB}:sub`]: 'repo:*' } },
      [MAIN],
    ],
    ['by a pattern', { StringLike: { [`${GITHUB}:sub`]: 'repo:acme/*' } }, []],
    ['exactly or by a pattern', { StringLike: { [`${GITHUB}:sub`]: [MAIN, 'repo:acme/?'] } }, []],
    ['by a star that means itself', { StringEquals: { [`${GITHUB}:sub`]: '*' } }, []],
    ['by a variable', { StringEquals: { [`${GITHUB}:sub`]: `\${aws:username}` } }, []],
    ['not at all', { StringNotEquals: { [`${GITHUB}:sub`]: MAIN } }, []],
    ['if it is there', { StringEqualsIfExists: { [`${GITHUB}:sub`]: MAIN } }, []],
    ['by audience alone, which is no actor', { StringEquals: { [`${GITHUB}:aud`]: 'sts.amazonaws.com' } }, []],
    ['by the key of another provider', { StringEquals: { 'gitlab.com:sub': MAIN } }, []],
    ['without a condition', {}, []],
  ])('named %s', (_, condition, named) => {
    expect(subjects(GITHUB, condition)).toEqual(named);
  });

  it('of an issuer that has no provider in the account is named by the issuer', () => {
    const Condition = { StringEquals: { 'cognito-identity.amazonaws.com:sub': 'eu-west-1:pool' } };
    const { nodes } = trusting('x', Condition, { Principal: { Federated: 'cognito-identity.amazonaws.com' } });
    expect(nodes[0]).toMatchObject({
      source_system_id: 'https://cognito-identity.amazonaws.com',
      source_record_id: 'eu-west-1:pool',
    });
  });

  it('is no subject of SAML, of an account, or of anybody', () => {
    const Condition = { StringEquals: { [`${GITHUB}:sub`]: MAIN } };
    for (const Principal of [{ Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/Okta` }, { AWS: ACCOUNT }, '*']) {
      expect(trusting(GITHUB, Condition, { Principal }).nodes).toEqual([]);
    }
  });

  it('that is denied is denied', () => {
    const Condition = { StringEquals: { [`${GITHUB}:sub`]: MAIN } };
    const { edges } = trusting(GITHUB, Condition, { Effect: 'Deny' });
    expect(edges.map(({ properties }) => properties.effect)).toEqual(['Deny', 'Deny']);
  });

  it.each([ENTRA_V1, ENTRA_V2])('of Entra is known by tenant and object id, whatever the version of %s', (issuer) => {
    const { nodes } = trusting(issuer, { StringEquals: { [`${issuer}:sub`]: OBJECT.toUpperCase() } });
    expect(nodes[0]).toMatchObject({
      properties: { providerUrl: `https://${issuer}`, entra_tenant_id: TENANT },
      correlation_keys: [{ kind: 'entra_object_id', value: `${TENANT}/${OBJECT}` }],
    });
  });

  it('a role that trusts two subjects has two nodes, which nothing joins', () => {
    const { nodes } = trusting(ENTRA_V2, { StringEquals: { [`${ENTRA_V2}:sub`]: [OBJECT, TENANT] } });
    expect(nodes.map(({ correlation_keys }) => correlation_keys?.[0]?.value)).toEqual([
      `${TENANT}/${TENANT}`,
      `${TENANT}/${OBJECT}`,
    ]);
  });
});

describe('the issuer', () => {
  it.each<[string, string | undefined]>([
    [`https://${ENTRA_V1}`, TENANT],
    [`https://${ENTRA_V2}`, TENANT],
    [`https://login.microsoftonline.us/${TENANT.toUpperCase()}/v2.0`, TENANT],
    [`https://sts.windows.net/${TENANT}`, TENANT],
    ['https://login.microsoftonline.com/common/v2.0', undefined],
    [`https://sts.windows.net.example.com/${TENANT}/`, undefined],
    [`https://sts.windows.net/${TENANT}0/`, undefined],
    [`https://${GITHUB}`, undefined],
  ])('%s is of the tenant %s', (url, tenant) => {
    expect(entraTenantOf(url)).toBe(tenant);
  });

  it.each([
    [ENTRA_V1, { providerUrl: `https://${ENTRA_V1}`, entra_tenant_id: TENANT }],
    [GITHUB, { providerUrl: `https://${GITHUB}` }],
  ])('of a provider is %s, with its tenant where it is Entra', (Url, properties) => {
    const { nodes, edges } = sorted(toOidcProvider(providerArn(Url), { Url, ClientIDList: ['x'] }, HOME));
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_oidc_provider', properties: { providerUrl: `https://${Url}` } });
    expect(nodes[1]).toMatchObject({ entity_type: 'external_oidc_provider', source_record_id: `https://${Url}` });
    expect(nodes[1]?.properties).toEqual(properties);
    expect(edges[0]).toMatchObject({ edge_type: 'FEDERATES', from: { source_record_id: `https://${Url}` } });
  });
});
