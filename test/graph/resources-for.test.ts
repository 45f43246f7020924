import { expect, test } from 'vitest';
import { hasAccessLevels } from '../../src/graph/access-levels.ts';
import { authorityOf } from '../../src/graph/authority.ts';
import { graphBuilder } from '../../src/graph/graph.ts';
import { TENANT } from '../../tools/bench/stitch-documents.ts';
import { estateBatches } from '../../tools/bench/stitch-estate.ts';
import {
  aBucket,
  allow,
  aRole,
  aTable,
  DATA,
  entityIn,
  graphOf,
  policy,
  roleArn,
  tableArn,
  WORKLOADS,
} from './estate.ts';

test('what one identity can use is what asking about everybody says of it', () => {
  const builder = graphBuilder(TENANT);
  for (const { entities, edges, policy_documents } of estateBatches(2)) {
    for (const document of policy_documents) builder.addPolicyDocument(document);
    for (const entity of entities) builder.addEntity(entity);
    for (const edge of edges) builder.addEdge(edge);
  }
  const graph = builder.finish();
  const resources = graph.entities.filter(
    ({ entity_type }) => hasAccessLevels(entity_type) || entity_type === 'servicenow_table',
  );
  const authority = authorityOf(graph, resources);
  let edges = 0;
  const askers = graph.entities.filter(({ entity_type }) => /role|user|subject/.test(entity_type));
  for (const [i, asker] of askers.entries()) {
    if (i % 5 !== 0) continue;
    const found = authority.accessOf(asker);
    expect(found).toEqual(authority.accessibleFrom(asker));
    edges += found.length;
  }
  expect(edges).toBeGreaterThan(500);
}, 60_000);

test('resources of other accounts come into question where their policies name the identity, its account or everybody', () => {
  const reader = roleArn(WORKLOADS, 'reader');
  const open = (name: string, principal: string) =>
    aTable({
      name,
      policy: policy(
        allow('dynamodb:GetItem', tableArn(DATA, name), { Principal: principal === '*' ? '*' : { AWS: principal } }),
      ),
    });
  const graph = graphOf(
    aRole({ name: 'reader', policies: { all: policy(allow('dynamodb:*'), allow('s3:*')) } }),
    open('named', reader),
    open('account', WORKLOADS),
    open('everybody', '*'),
    open('another', roleArn(WORKLOADS, 'another')),
    aTable({ name: 'silent' }),
    aBucket({ name: 'unread', properties: { resource_policy_hash: undefined } }),
  );
  const found = authorityOf(graph, []).accessOf(entityIn(graph, reader));
  const names = new Map(found.map(({ to, verdict }) => [to.display_name, verdict]));
  expect([...names].sort()).toEqual([
    ['account', 'allowed'],
    ['everybody', 'allowed'],
    ['named', 'allowed'],
    ['unread', 'undetermined'],
  ]);
});
