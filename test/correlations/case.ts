import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { correlate } from '../../src/correlations/correlate.ts';
import type { Correlated } from '../../src/correlations/correlation.ts';
import { explainPair } from '../../src/correlations/explain.ts';
import type { CorrelationRule } from '../../src/correlations/rule.ts';
import { type CorrelationSettings, noSettings } from '../../src/correlations/settings.ts';
import type { GraphEdge, GraphEntity } from '../../src/graph/documents.ts';
import { buildGraph, type Graph } from '../../src/graph/graph.ts';
import { hashOf } from '../../src/kernel/canonical.ts';
import { EDGE_TYPES, type EntityType, isEntityType } from '../../src/observations/entity-types.ts';
import { documentId, entityId, sourceFingerprint, wholeRecord } from '../../src/observations/fingerprint.ts';
import type { EntityRef } from '../../src/observations/observation.ts';

export const CASES = path.resolve(import.meta.dirname, '../cases/correlations');
export const TENANT = 'enterprise-nimbus';
const SEEN = { run_id: 'run-1', observed_at: '2026-11-21T12:00:00.000Z' };
const CELL = { connector_id: 'instance-1', cell: 'cell-1', api: 'an:Api' };

const Name = z.string();
const Documents = z.record(z.string(), z.json());
const Case = z.strictObject({
  title: z.string(),
  /** Who says so. */
  source: z.url(),
  entities: z.array(
    z.strictObject({
      name: Name,
      entity_type: z.custom<EntityType>(isEntityType),
      system: z.string(),
      record: z.string(),
      properties: z.record(z.string(), z.json()).default({}),
      endpoint_urls: z.array(z.string()).default([]),
      /** A role's documents: the trust policy, and inline policies by name. */
      trust: z.json().optional(),
      inline: Documents.optional(),
      /** False: edges name it, nobody saw it. */
      observed: z.boolean().default(true),
    }),
  ),
  edges: z
    .array(
      z.strictObject({
        type: z.enum(EDGE_TYPES),
        from: Name,
        to: Name,
        properties: z.record(z.string(), z.json()).default({}),
      }),
    )
    .default([]),
  pairs: z
    .array(
      z.strictObject({
        left: Name,
        right: Name,
        decision: z.enum(['forbid', 'allow']),
        rule_id: z.string().exactOptional(),
      }),
    )
    .default([]),
  /** Left, right and the key on which they agree. */
  matches: z.array(z.tuple([Name, Name, z.string()])),
  ambiguous: z.array(z.tuple([Name, z.array(Name)])).default([]),
  /** Left, right and in what they differ. */
  near: z.array(z.tuple([Name, Name, z.string()])).default([]),
});
export type Case = z.infer<typeof Case>;
type CaseEntity = Case['entities'][number];

/** The kinds of cases that every rule has, each a file of its folder. */
export const KINDS = ['positive', 'negative', 'near-miss'] as const;

export const casesIn = (folder: string, kind: string): readonly Case[] =>
  globSync(`${folder}/${kind}.json`, { cwd: CASES }).flatMap((file) =>
    z.array(Case).parse(JSON.parse(readFileSync(path.join(CASES, file), 'utf8'))),
  );

const refOf = ({ entity_type, system, record }: CaseEntity): EntityRef => ({
  entity_type,
  source_system_id: system,
  source_record_id: record,
});

/** The graph of a case, and the ids of its entities by their names there. */
export function graphOfCase({ entities, edges }: Pick<Case, 'entities' | 'edges'>): {
  readonly graph: Graph;
  readonly idOf: (name: string) => string;
  readonly nameOf: (id: string) => string;
} {
  const byName = new Map(entities.map((entity) => [entity.name, refOf(entity)]));
  const refNamed = (name: string): EntityRef => {
    const ref = byName.get(name);
    if (!ref) throw new Error(`the case has no ${name}`);
    return ref;
  };
  const idOf = (name: string): string => entityId(TENANT, refNamed(name));
  const names = new Map(entities.map(({ name }) => [idOf(name), name]));
  const documents = entities.flatMap(({ trust, inline = {} }) => [
    ...(trust === undefined ? [] : [trust]),
    ...Object.values(inline),
  ]);
  const graph = buildGraph({
    tenant_id: TENANT,
    entities: entities.map(documentOf),
    edges: edges.map((edge) => edgeOf(edge, refNamed(edge.from), refNamed(edge.to))),
    policy_documents: documents.map((document) => ({ hash: hashOf(document), document })),
  });
  return { graph, idOf, nameOf: (id) => names.get(id) ?? id };
}

function documentOf(entity: CaseEntity): GraphEntity {
  const ref = refOf(entity);
  const { trust, inline } = entity;
  const properties = {
    ...entity.properties,
    ...(trust === undefined ? {} : { trust_policy_hash: hashOf(trust), permissions_boundary: null }),
    ...(inline && {
      inline_policies: Object.entries(inline).map(([name, document]) => ({ name, policy_hash: hashOf(document) })),
    }),
  };
  const origin = { ...CELL, ...SEEN, source_record_id: entity.record };
  return {
    _id: entityId(TENANT, ref),
    tenant_id: TENANT,
    ...ref,
    display_name: entity.name,
    properties,
    property_provenance: Object.fromEntries(Object.keys(properties).map((name) => [name, origin])),
    correlationKeys: entity.endpoint_urls.map((value) => ({ kind: 'endpoint_url', value })),
    lineage_records: entity.observed ? [{ ...wholeRecord(ref), ...SEEN, api: CELL.api }] : [],
  };
}

function edgeOf({ type, properties }: Case['edges'][number], from: EntityRef, to: EntityRef): GraphEdge {
  const { source_system_id, source_record_id } = from;
  const statement = { source_system_id, source_record_id, source_field_path: `${type}[${to.source_record_id}]` };
  return {
    _id: documentId(TENANT, sourceFingerprint(statement)),
    tenant_id: TENANT,
    edge_type: type,
    from: { ...from, id: entityId(TENANT, from) },
    to: { ...to, id: entityId(TENANT, to) },
    properties,
    lineage_records: [{ ...statement, ...SEEN, api: CELL.api }],
  };
}

const DECIDED = { reason: 'the case says so', changed_by: 'a test', changed_at: SEEN.observed_at };

/** Settings under which a rule is on, and the pairs of a case decided. */
export const settingsOfCase = (
  rule: Pick<CorrelationRule, 'id'>,
  { pairs = [] }: Partial<Pick<Case, 'pairs'>>,
  idOf: (name: string) => string,
): CorrelationSettings => ({
  ...noSettings(TENANT),
  rules: [{ rule_id: rule.id, enabled: true, ...DECIDED }],
  pairs: pairs.map((pair) => ({ ...pair, ...DECIDED, left: idOf(pair.left), right: idOf(pair.right) })),
});

/** What a rule makes of a case, in the words of the case. */
export function runCase(rule: CorrelationRule, input: Case): Pick<Case, 'matches' | 'ambiguous' | 'near'> {
  const { graph, idOf, nameOf } = graphOfCase(input);
  const settings = settingsOfCase(rule, input, idOf);
  const found = correlate(graph, settings, [rule]);
  if (found.failed_rules.length > 0) throw new Error(JSON.stringify(found.failed_rules));
  return {
    matches: matchesOf(found, nameOf).sort(),
    ambiguous: found.ambiguities
      .map(({ left, rights }): [string, string[]] => [nameOf(left.id), rights.map(({ id }) => nameOf(id)).sort()])
      .sort(),
    near: input.near.map(([left, right]) => {
      const { rules } = explainPair(graph, settings, idOf(left), idOf(right), [rule]);
      return [left, right, rules.flatMap(({ near_misses }) => near_misses)[0]?.differs_in ?? 'nothing that is near'];
    }),
  };
}

const matchesOf = ({ correlations }: Correlated, nameOf: (id: string) => string): [string, string, string][] =>
  correlations.flatMap(({ left, right, evidence }) =>
    evidence.map(({ key }): [string, string, string] => [nameOf(left.id), nameOf(right.id), key]),
  );
