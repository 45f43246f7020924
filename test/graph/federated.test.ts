import { describe, expect, test } from 'vitest';
import { authorityOf } from '../../src/graph/authority.ts';
import { identityOf } from '../../src/graph/principal.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { entityId } from '../../src/observations/fingerprint.ts';
import {
  anEntity,
  aRole,
  DATA,
  entityIn,
  graphOf,
  type Part,
  policy,
  roleArn,
  TENANT,
  trusting,
  WORKLOADS,
} from './estate.ts';

const ISSUER = 'sts.windows.net/3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411/';
const SUBJECT = '51c7f0aa-83de-4b62-a5f4-0e9d6b31c278';
const OTHER = '0b1de2a4-1111-4222-8333-444455556666';

const provider = (account: string): string => `arn:aws:iam::${account}:oidc-provider/${ISSUER}`;

/** A subject as the connector emits it: its issuer is the source system, its id in there the record. */
function aSubject(subject: string): Part {
  const source_system_id = `https://${ISSUER}`;
  const arn = `arn:aws:iam::${DATA}:role/stand-in`;
  const entity = anEntity(
    'external_oidc_subject',
    arn,
    { subject, providerUrl: source_system_id },
    { display_name: subject },
  );
  const ref = { entity_type: 'external_oidc_subject', source_system_id, source_record_id: subject } as const;
  return { entities: [{ ...entity, ...ref, _id: entityId(TENANT, ref) }], edges: [], policy_documents: [] };
}

const federating = (Condition: Json, more: { readonly [key: string]: Json } = {}): Json =>
  policy({
    Effect: 'Allow',
    Principal: { Federated: provider(DATA) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    ...(Condition === null ? {} : { Condition }),
    ...more,
  });
const sub = (...subjects: readonly string[]): Json => ({ StringEquals: { [`${ISSUER}:sub`]: [...subjects] } });
const role = (trust: Json): Part => aRole({ name: 'reader', account: DATA, trust });

function becomes(subject: string, ...parts: readonly Part[]) {
  const graph = graphOf(aSubject(SUBJECT), aSubject(OTHER), ...parts);
  const from = graph.entities.find(({ source_record_id }) => source_record_id === subject);
  if (!from) throw new Error('no subject');
  const authority = authorityOf(graph, graph.entities);
  expect(authority.accessibleFrom(from)).toEqual([]);
  expect(authority.controllableFrom(from)).toEqual([]);
  return authority
    .assumableFrom(from)
    .map(({ to, verdict, conditions }) => ({ to: to.source_record_id, verdict, conditions }));
}

describe('a federated subject', () => {
  test('becomes the role that names it, and no other subject does', () => {
    const reader = role(federating(sub(SUBJECT)));
    expect(becomes(SUBJECT, reader)).toEqual([{ to: roleArn(DATA, 'reader'), verdict: 'allowed', conditions: [] }]);
    expect(becomes(OTHER, reader)).toEqual([]);
  });

  test('keeps the audience that the role asks for as a condition', () => {
    const reader = role(federating({ StringEquals: { [`${ISSUER}:sub`]: SUBJECT, [`${ISSUER}:aud`]: 'api://aws' } }));
    expect(becomes(SUBJECT, reader)).toMatchObject([
      { verdict: 'conditional', conditions: [{ key: `${ISSUER}:aud`, values: ['api://aws'] }] },
    ]);
  });

  test.each<[string, Json, number]>([
    ['a pattern that fits', { StringLike: { [`${ISSUER}:sub`]: '51c7*' } }, 1],
    ['a pattern that does not', { StringLike: { [`${ISSUER}:sub`]: '61c7*' } }, 0],
    ['no condition', null, 1],
  ])('is measured by %s', (_, condition, count) => {
    expect(becomes(SUBJECT, role(federating(condition)))).toHaveLength(count);
  });

  test('of another issuer, or by a provider of another account, becomes nothing', () => {
    const elsewhere = federating(sub(SUBJECT), { Principal: { Federated: provider(WORKLOADS) } });
    expect(becomes(SUBJECT, role(elsewhere))).toEqual([]);
    const github = federating(null, {
      Principal: { Federated: `arn:aws:iam::${DATA}:oidc-provider/token.actions.githubusercontent.com` },
    });
    expect(becomes(SUBJECT, role(github))).toEqual([]);
  });

  test('becomes nothing by a trust in sts:AssumeRole', () => {
    expect(becomes(SUBJECT, role(federating(sub(SUBJECT), { Action: 'sts:AssumeRole' })))).toEqual([]);
  });

  test('is known backwards as well', () => {
    const graph = graphOf(aSubject(SUBJECT), aSubject(OTHER), role(federating(sub(SUBJECT))));
    const incoming = authorityOf(graph, []).assumableTo(entityIn(graph, roleArn(DATA, 'reader')));
    expect(incoming.map(({ from }) => from.source_record_id)).toEqual([SUBJECT]);
  });
});

test('a service is nobody who asks: it acts through what runs as a role', () => {
  const graph = graphOf({
    entities: [anEntity('aws_service_principal', `arn:aws:iam::${DATA}:role/stand-in`, {})],
    edges: [],
    policy_documents: [],
  });
  expect(graph.entities.map((entity) => identityOf(graph, entity))).toEqual([undefined]);
});

test('a user asks as a role does', () => {
  const arn = `arn:aws:iam::${DATA}:user/ann`;
  const user = anEntity('aws_iam_user', arn, { inline_policies: [], permissions_boundary: null, tags: [] });
  const parts: Part = { entities: [user], edges: [], policy_documents: [] };
  const graph = graphOf(parts, role(trusting({ AWS: arn })));
  expect(authorityOf(graph, []).assumableFrom(entityIn(graph, arn))).toMatchObject([{ verdict: 'allowed' }]);
});
