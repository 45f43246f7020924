import { describe, expect, test } from 'vitest';
import { accountOf, organizationOf } from '../../src/graph/accounts.ts';
import { authorityOf } from '../../src/graph/authority.ts';
import { graphBuilder } from '../../src/graph/graph.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import {
  aBucket,
  aFarEnd,
  allow,
  anAttachedPolicy,
  anEdge,
  anEntity,
  anOrganization,
  aRole,
  DATA,
  edgesOnly,
  entityIn,
  graphOf,
  idOf,
  ORGANIZATION,
  policy,
  roleArn,
  trusting,
  WORKLOADS,
} from './estate.ts';

const MALFORMED: Json = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*', Nonsense: 1 }],
};
const CALLER = roleArn(WORKLOADS, 'caller');
const TARGET = roleArn(DATA, 'target');

describe('problems', () => {
  test('a malformed policy is named by its record and place, permits nothing, and its siblings go on', () => {
    const graph = graphOf(
      aRole({ name: 'caller', policies: { broken: MALFORMED, sound: policy(allow('sts:AssumeRole', TARGET)) } }),
      aRole({ name: 'target', account: DATA, trust: trusting({ AWS: CALLER }) }),
      aRole({ name: 'only-broken', policies: { broken: MALFORMED } }),
      aRole({ name: 'open', account: DATA, trust: trusting('*') }),
    );
    expect(graph.problems).toMatchObject([
      {
        code: 'malformed_policy',
        entity: { source_record_id: CALLER, entity_type: 'aws_iam_role' },
        place: 'RolePolicyList[broken].PolicyDocument.Statement[0].Nonsense',
      },
      { entity: { source_record_id: roleArn(WORKLOADS, 'only-broken') } },
    ]);
    const authority = authorityOf(graph, []);
    const reaches = (arn: string) => authority.assumableFrom(entityIn(graph, arn)).map(({ to }) => to.source_record_id);
    expect(reaches(CALLER)).toEqual([TARGET]);
    expect(reaches(roleArn(WORKLOADS, 'only-broken'))).toEqual([]);
  });

  test('a shared policy is one problem, of its own record', () => {
    const arn = `arn:aws:iam::${WORKLOADS}:policy/shared`;
    const attachments = ['a', 'b'].map((name) => anAttachedPolicy(roleArn(WORKLOADS, name), arn, MALFORMED));
    const graph = graphOf(aRole({ name: 'a' }), aRole({ name: 'b' }), ...attachments);
    expect(graph.problems.map(({ code, entity }) => [code, entity.source_record_id])).toEqual([
      ['malformed_policy', arn],
    ]);
  });

  test('what could not be read of a thing that was seen is reported; a far end is no problem', () => {
    const graph = graphOf(
      aRole({ name: 'caller', properties: { inline_policies: undefined, trust_policy_hash: 'not-stored' } }),
      aBucket({ name: 'exports', properties: { resource_policy_hash: undefined } }),
      aFarEnd('aws_iam_role', TARGET),
    );
    expect(graph.problems.map(({ code, place, entity }) => [code, place, entity.source_record_id])).toEqual([
      ['policy_unknown', 'AssumeRolePolicyDocument', CALLER],
      ['policy_unknown', 'RolePolicyList', CALLER],
      ['policy_unknown', 'Policy', 'arn:aws:s3:::exports'],
    ]);
  });
});

describe('where things are', () => {
  const graph = graphOf(
    anOrganization(WORKLOADS),
    aBucket({ name: 'exports', account: WORKLOADS }),
    aRole({ name: 'caller' }),
  );

  test('the account is in the ARN, or a bucket belongs to it', () => {
    expect(accountOf(graph, entityIn(graph, CALLER))).toBe(WORKLOADS);
    expect(accountOf(graph, entityIn(graph, 'arn:aws:s3:::exports'))).toBe(WORKLOADS);
  });

  test('an account is in the organization above its unit; of others nothing is known', () => {
    expect(organizationOf(graph, WORKLOADS, 'aws')).toBe(ORGANIZATION);
    expect(organizationOf(graph, DATA, 'aws')).toBeUndefined();
  });

  test('a circle of units does not trap the search for the organization', () => {
    const unit = `arn:aws:organizations::111111111111:ou/${ORGANIZATION}/ou-abcd-mediapro`;
    const { entities, edges } = anOrganization(WORKLOADS);
    const looped = edges.map((edge) =>
      edge.from.source_record_id === unit
        ? { ...edge, to: { ...edge.to, id: idOf(unit), source_record_id: unit } }
        : edge,
    );
    const circular = graphOf({ entities, edges: looped, policy_documents: [] });
    expect(organizationOf(circular, WORKLOADS, 'aws')).toBeUndefined();
  });
});

test('edges come in one order, whatever the order in which they were added', () => {
  const ends = ['a', 'b', 'c', 'd'].map((name) => roleArn(DATA, name));
  const edges = ends.map((end) => anEdge('INVOKES', CALLER, end));
  const listed = (order: typeof edges) => graphOf(edgesOnly(...order)).edgesFrom(idOf(CALLER), 'INVOKES');
  expect(listed(edges)).toHaveLength(4);
  expect(listed(edges.toReversed())).toEqual(listed(edges));
});

test('documents of another tenant are refused', () => {
  const builder = graphBuilder('another-tenant');
  expect(() => builder.addEntity(anEntity('aws_iam_role', CALLER, {}))).toThrow(TypeError);
});
