import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorityOf } from '../../src/graph/authority.ts';
import type { GraphEntity } from '../../src/graph/documents.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { documentId, sourceFingerprint, wholeRecord } from '../../src/observations/fingerprint.ts';
import {
  aBucket,
  anEntity,
  anOrganization,
  aRole,
  aTable,
  DATA,
  graphOf,
  ORGANIZATION,
  type Part,
  policy,
  roleArn,
  TENANT,
  tableArn,
  WORKLOADS,
} from './estate.ts';
import { assumablePairs } from './every-pair.ts';

const ISSUER = 'https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/';
const PROVIDER = ISSUER.slice('https://'.length);
const SUBJECTS = ['11111111-0000-0000-0000-000000000001', '22222222-0000-0000-0000-000000000002'];
const ROLES = [WORKLOADS, DATA].flatMap((account) => ['a', 'b', 'c'].map((name) => ({ account, name })));
const BUCKET = 'arn:aws:s3:::exports';
const TABLE = tableArn(DATA, 'customers');

/** A subject of an issuer, as the roles that trust the issuer name it. */
function aSubject(subject: string): Part {
  const ref = { entity_type: 'external_oidc_subject', source_system_id: ISSUER, source_record_id: subject } as const;
  const _id = documentId(TENANT, sourceFingerprint(wholeRecord(ref)));
  const entity: GraphEntity = { ...anEntity('external_oidc_subject', roleArn(DATA, subject), {}), ...ref, _id };
  return { entities: [entity], edges: [], policy_documents: [] };
}

const arns = ROLES.map(({ account, name }) => roleArn(account, name));
const aws: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  '*',
  { AWS: WORKLOADS },
  { AWS: `arn:aws:iam::${DATA}:root` },
  ...arns.map((AWS): Json => ({ AWS })),
);
const condition: fc.Arbitrary<{ readonly [key: string]: Json }> = fc.constantFrom(
  {},
  {},
  { Condition: { StringEquals: { 'sts:ExternalId': 'x1' } } },
  { Condition: { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } } },
);
const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
const statements = (one: fc.Arbitrary<Record<string, Json>>, maxLength = 3) =>
  fc.array(one, { maxLength }).map((some) => policy(...some));

const byAws = fc
  .record({ Effect: effect, Principal: aws, Action: fc.constantFrom('sts:AssumeRole', 'sts:*'), more: condition })
  .map(({ more, ...statement }) => ({ ...statement, ...more }));
const sub = fc.constantFrom<Json>(...SUBJECTS, [...SUBJECTS], '1*', SUBJECTS[0]?.toUpperCase() ?? '');
const byIssuer = fc
  .record({
    Effect: effect,
    account: fc.constantFrom(WORKLOADS, DATA),
    operator: fc.constantFrom('StringEquals', 'StringLike', 'StringNotEquals', 'ForAnyValue:StringEquals', 'none'),
    sub,
    aud: fc.constantFrom({}, { [`${PROVIDER}:aud`]: 'api://AzureADTokenExchange' }),
  })
  .map(({ Effect, account, operator, sub: value, aud }) => ({
    Effect,
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${PROVIDER}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    ...(operator === 'none' ? {} : { Condition: { [operator]: { [`${PROVIDER}:sub`]: value, ...aud } } }),
  }));
const trust = statements(fc.oneof(byAws, byIssuer));
const identity = statements(
  fc.record({
    Effect: effect,
    Action: fc.constantFrom('sts:AssumeRole', 's3:GetObject', 's3:*', 'dynamodb:Query', '*'),
    Resource: fc.constantFrom<Json>(
      ...['*', BUCKET, `${BUCKET}/*`, `${BUCKET}/reports/*`, 'arn:aws:s3:::exp*/reports/*'],
      ...[TABLE, `${TABLE}/index/by-mail`, ...arns],
    ),
  }),
);
const bucketPolicy = statements(
  fc.record({
    Effect: effect,
    Principal: aws,
    Action: fc.constantFrom('s3:GetObject', 's3:*'),
    Resource: fc.constantFrom<Json>(`${BUCKET}/*`, `${BUCKET}/reports/2026`, [BUCKET, `${BUCKET}/*`]),
  }),
);
/** Now and then nobody could read it. */
const perhaps = <T>(some: fc.Arbitrary<T>) => fc.option(some, { freq: 6, nil: undefined });

const estate = fc
  .record({
    roles: fc.tuple(...ROLES.map(() => fc.record({ trust, identity: perhaps(identity) }))),
    bucket: perhaps(bucketPolicy),
  })
  .map(({ roles, bucket }) =>
    graphOf(
      anOrganization(WORKLOADS),
      ...ROLES.map(({ account, name }, i) =>
        aRole({
          account,
          name,
          trust: roles[i]?.trust ?? policy(),
          policies: roles[i]?.identity ? { own: roles[i].identity } : {},
          properties: roles[i]?.identity ? {} : { inline_policies: undefined },
        }),
      ),
      ...SUBJECTS.map(aSubject),
      aBucket({
        name: 'exports',
        account: WORKLOADS,
        ...(bucket ? { policy: bucket } : { properties: { resource_policy_hash: undefined } }),
      }),
      aTable({ name: 'customers' }),
    ),
  );

test('facts lead to the edges that all pairs have, from both ends', { timeout: 60_000 }, () => {
  let edges = 0;
  fc.assert(
    fc.property(estate, (graph) => {
      const resources = graph.entities.filter(({ source_record_id: arn }) => arn === BUCKET || arn === TABLE);
      const authority = authorityOf(graph, resources);
      const pair = (from: GraphEntity, edge: { readonly to: GraphEntity; readonly verdict: string }): string =>
        `${from.source_record_id} ${edge.to.source_record_id} ${edge.verdict}`;
      const become = graph.entities.flatMap((from) => authority.assumableFrom(from).map((edge) => pair(from, edge)));
      const becomeBack = graph.entities.flatMap((role) =>
        authority.assumableTo(role).map(({ from, edge }) => pair(from, edge)),
      );
      const asked = [...assumablePairs(graph)].map(({ from, to, decision }) => pair(from, { to, verdict: decision }));
      expect(become.sort()).toEqual(asked.sort());
      expect(becomeBack.sort()).toEqual(become);

      const between = graph.entities.flatMap((from) =>
        resources.flatMap((resource) => authority.accessBetween(from, resource).map((edge) => ({ from, edge }))),
      );
      const used = graph.entities.flatMap((from) => authority.accessibleFrom(from).map((edge) => ({ from, edge })));
      const usedBack = resources.flatMap((resource) => authority.accessTo(resource));
      const bySubstance = (some: typeof used) =>
        some.map(({ from, edge: { _id, action_resource, verdict } }) =>
          [_id, from._id, action_resource, verdict].join(' '),
        );
      expect(bySubstance(used).sort()).toEqual(bySubstance(between).sort());
      expect(bySubstance([...usedBack]).sort()).toEqual(bySubstance(used).sort());
      edges += become.length + used.length;
    }),
    { numRuns: 150 },
  );
  expect(edges).toBeGreaterThan(300);
});
