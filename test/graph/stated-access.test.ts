import { describe, expect, test } from 'vitest';
import { authorityOf } from '../../src/graph/authority.ts';
import { derivationEvidence } from '../../src/graph/evidence.ts';
import type { EntityType } from '../../src/observations/entity-types.ts';
import { conditionSentence } from '../../src/policy/index.ts';
import { anEdge, anEntity, edgesOnly, entityIn, graphOf, type Overrides, type Part } from './estate.ts';

// Records of another system; the builders want the form of an ARN, which says nothing here.
const named = (type: string, name: string): string => `arn:aws:iam::999999999999:${type}/${name}`;
const USER = named('user', 'integration');
const ROLE = named('role', 'hr_reader');
const ABOVE = named('role', 'hr');
const TABLE = named('table', 'hr_case');

const entity = (type: EntityType, name: string): Part => ({
  entities: [anEntity(type, name, {})],
  edges: [],
  policy_documents: [],
});
const access = (from: string, level: string, properties: Overrides = {}) =>
  anEdge('CAN_ACCESS', from, TABLE, {
    field: `sys_security_acl[${level}]`,
    properties: { access_level: level, conditional: false, acl: 'hr_case read (abc)', ...properties },
  });
const member = (from: string, to: string) => anEdge('MEMBER_OF', from, to);

function accessFrom(from: string, ...edges: ReturnType<typeof anEdge>[]) {
  const graph = graphOf(
    entity('servicenow_user', USER),
    entity('servicenow_role', ROLE),
    entity('servicenow_role', ABOVE),
    entity('servicenow_table', TABLE),
    edgesOnly(...edges),
  );
  const authority = authorityOf(graph, [entityIn(graph, TABLE)]);
  expect(authority.accessTo(entityIn(graph, TABLE)).filter((one) => one.from.source_record_id === from)).toHaveLength(
    authority.accessibleFrom(entityIn(graph, from)).length,
  );
  return authority
    .accessibleFrom(entityIn(graph, from))
    .map((edge) => ({ ...edge, evidence: derivationEvidence(graph.policies, edge) }));
}

describe('access that a source states', () => {
  test('is that of its roles, near and far, and both edges show it', () => {
    const [edge, ...others] = accessFrom(USER, member(USER, ROLE), member(ROLE, ABOVE), access(ABOVE, 'Read'));
    expect(others).toEqual([]);
    expect(edge).toMatchObject({ access_level: 'Read', verdict: 'allowed', conditions: [] });
    expect(edge?.evidence.map((one) => one.kind === 'edge' && one.edge_type)).toEqual([
      'MEMBER_OF',
      'MEMBER_OF',
      'CAN_ACCESS',
    ]);
  });

  test('is conditional where the source says so: on its access control', () => {
    const [edge] = accessFrom(USER, member(USER, ROLE), access(ROLE, 'Write', { conditional: true }));
    expect(edge).toMatchObject({ access_level: 'Write', verdict: 'conditional' });
    expect(edge?.conditions.map(conditionSentence)).toEqual(['if `hr_case read (abc)` is `true`']);
  });

  test('is what holds without a condition rather than what is nearer', () => {
    const edges = accessFrom(
      USER,
      access(USER, 'Read', { conditional: true }),
      member(USER, ROLE),
      access(ROLE, 'Read'),
      access(ROLE, 'Admin'),
    );
    expect(edges.map(({ access_level, verdict }) => `${access_level} ${verdict}`).sort()).toEqual([
      'Admin allowed',
      'Read allowed',
    ]);
  });

  test('ends where roles are members of each other, and is none where no role has it', () => {
    expect(accessFrom(USER, member(USER, ROLE), member(ROLE, ABOVE), member(ABOVE, ROLE))).toEqual([]);
    expect(accessFrom(USER, access(ROLE, 'Read'))).toEqual([]);
    expect(accessFrom(USER, access(USER, 'Everything'))).toEqual([]);
  });
});
