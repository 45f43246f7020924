import type { ApiDeps } from '../../lambdas/api/routes/index.ts';
import type { AuditEvent } from '../../src/control/audit.ts';
import type { CorrelationSettings } from '../../src/correlations/settings.ts';
import type { Edge } from '../../src/inventory/edge.ts';
import type { Entity } from '../../src/inventory/entity.ts';
import type { ActivityValue } from '../../src/inventory/stores.ts';
import type { Visibility } from '../../src/kernel/ids.ts';
import type { StitchAuditEntry } from '../../src/stitch/audit-entry.ts';
import { isVisible, type Members } from '../../src/stitch/members.ts';
import type { StitchRun } from '../../src/stitch/stitch-run.ts';
import type { StitchTrigger } from '../../src/stitch/stitch-trigger.ts';
import type { StitchedCorrelation } from '../../src/stitch/stitched-correlation.ts';
import type { IdentityMember, StitchedIdentity } from '../../src/stitch/stitched-identity.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import type { SettingsFollowUp } from '../../src/store/tenant-correlation-settings.ts';

import { aGraph } from './a-graph.ts';

interface Stitched {
  readonly _id: string;
  readonly tenant_id: string;
  readonly members: Members;
}

const seen =
  ({ tenant_id, workspace_ids }: Visibility) =>
  (one: Stitched): boolean =>
    one.tenant_id === tenant_id && isVisible(one.members, workspace_ids);

const claimedIn =
  ({ tenant_id, workspace_ids }: Visibility) =>
  (one: Entity | Edge): boolean =>
    one.tenant_id === tenant_id && one.workspace_ids.some((id) => workspace_ids.includes(id));

/** Whether what is asked for says nothing of a field, or what the document has there. */
const is = (wanted: unknown, held: unknown): boolean => wanted === undefined || wanted === held;

const pageOf = <D extends { readonly _id: string }>(rows: readonly D[], limit: number, after = ''): readonly D[] =>
  rows
    .filter(({ _id }) => _id > after)
    .toSorted((a, b) => (a._id < b._id ? -1 : 1))
    .slice(0, limit);

/** What was found, in memory. Filters that are the server's to get right are tried on a server. */
export function memoryResults() {
  const entities: Entity[] = [];
  const edges: Edge[] = [];
  const activity: ActivityValue[] = [];
  const correlations: StitchedCorrelation[] = [];
  const identities: StitchedIdentity[] = [];
  const identity_members: IdentityMember[] = [];
  const paths: StitchedPath[] = [];
  const stitch_runs: StitchRun[] = [];
  const stitch_audit: StitchAuditEntry[] = [];
  const settings = new Map<string, CorrelationSettings>();
  const to_follow: SettingsFollowUp[] = [];
  const requested: (readonly [tenant_id: string, trigger: StitchTrigger])[] = [];
  const told: AuditEvent[] = [];
  const { graph, asked } = aGraph();

  const request = async (tenant_id: string, trigger: StitchTrigger) => {
    requested.push([tenant_id, trigger]);
    return { tenant_id, generation: requested.length };
  };

  const deps = {
    entities: {
      list: async (whose, query, limit, after) =>
        pageOf(
          entities
            .filter(claimedIn(whose))
            .filter((one) => is(query.entity_type, one.entity_type) && is(query.source_record_id, one.source_record_id))
            .filter((one) => (query.retired === true) === (one.retired_at !== undefined)),
          limit,
          after,
        ).map(
          ({
            claims: _claims,
            workspace_ids: _workspaces,
            properties: _properties,
            property_provenance: _provenance,
            lineage_records: _lineage,
            ...listed
          }) => ({ ...listed, observed: true }),
        ),
      whole: async (tenant_id, id) => {
        const found = entities.find((one) => one.tenant_id === tenant_id && one._id === id);
        if (!found) return undefined;
        const { claims: _claims, ...whole } = found;
        return whole;
      },
      hiddenFrom: async (whose, ids) =>
        new Set(
          entities
            .filter((one) => one.tenant_id === whose.tenant_id && ids.includes(one._id))
            .filter((one) => one.workspace_ids.length > 0 && !claimedIn(whose)(one))
            .map(({ _id }) => _id),
        ),
      names: async (whose, ids) =>
        new Map(
          entities
            .filter((one) => claimedIn(whose)(one) && ids.includes(one._id))
            .map(({ _id, display_name, entity_type }) => [_id, { display_name, entity_type }]),
        ),
    },
    edges: {
      ofEntity: async (whose, id, { direction, edge_type }, limit, after) =>
        pageOf(
          edges
            .filter(claimedIn(whose))
            .filter(({ from, to }) => (direction !== 'in' && from.id === id) || (direction !== 'out' && to.id === id))
            .filter((one) => is(edge_type, one.edge_type)),
          limit,
          after,
        ).map(({ claims: _claims, workspace_ids: _workspaces, ...listed }) => listed),
      isNamed: async (whose, id) => edges.some((one) => claimedIn(whose)(one) && [one.from.id, one.to.id].includes(id)),
    },
    activityOf: async (_tenant_id, ids) => activity.filter(({ entity_id }) => ids.includes(entity_id)),
    identitiesOf: async (whose, ids) =>
      new Map(
        identity_members
          .filter((one) => seen(whose)(one) && ids.includes(one._id))
          .map(({ _id, canonical_identity_id }) => [_id, canonical_identity_id]),
      ),
    correlations: {
      list: async (whose, { rule_id, status, entity }, limit, after) =>
        pageOf(
          correlations
            .filter(seen(whose))
            .filter((one) => is(rule_id, one.rule_id) && is(status, one.status))
            .filter(({ left, right }) => entity === undefined || [left.id, right.id].includes(entity)),
          limit,
          after,
        ),
    },
    identities: {
      list: async (whose, { entity_type }, limit, after) =>
        pageOf(
          identities.filter((one) => seen(whose)(one) && is(entity_type, one.entity_type)),
          limit,
          after,
        ),
      get: async (whose, id) =>
        identities
          .filter(seen(whose))
          .find((one) => one._id === id || one.source_records.some(({ identity_id }) => identity_id === id)),
    },
    paths: {
      list: async (whose, { resource }, limit, after) =>
        pageOf(
          paths.filter((one) => seen(whose)(one) && is(resource, one.resource.source_record_id)),
          limit,
          after,
        ),
      get: async (whose, id) => paths.find((one) => seen(whose)(one) && one._id === id),
    },
    stitch_runs: {
      list: async (tenant_id, limit) => stitch_runs.filter((run) => run.tenant_id === tenant_id).slice(0, limit),
      get: async (tenant_id, id) => stitch_runs.find((run) => run.tenant_id === tenant_id && run._id === id),
    },
    stitch_audit: {
      list: async (whose, { stitch_run_id, kind, id, change }, limit) =>
        stitch_audit
          .filter(seen(whose))
          .filter((one) => is(stitch_run_id, one.stitch_run_id) && is(kind, one.kind))
          .filter((one) => is(id, one.id) && is(change, one.change))
          .toSorted((a, b) => b.generation - a.generation || (a._id < b._id ? 1 : -1))
          .slice(0, limit),
      async *ofPaths(tenant_id, { from, to }, after = '') {
        yield* stitch_audit
          .filter((one) => one.tenant_id === tenant_id && one.kind === 'path' && one.id > after)
          .filter(({ generation }) => generation > from && generation <= to)
          .toSorted((a, b) => (a.id === b.id ? a.generation - b.generation : a.id < b.id ? -1 : 1));
      },
    },
    settings: {
      get: async (tenant_id) => settings.get(tenant_id),
      change: async (after, follow) => {
        if ((settings.get(after.tenant_id)?.version ?? 0) !== after.version - 1) return false;
        settings.set(after.tenant_id, after);
        to_follow.push(follow);
        return true;
      },
      followUp: async (_tenant_id, askForStitch) => {
        for (const { event, trigger } of to_follow.splice(0)) {
          told.push(event);
          await askForStitch(trigger);
        }
      },
    },
    graph,
    settingsChanged: request,
    requestStitch: request,
    unfollowed: (_tenant_id, error) => {
      throw error;
    },
    audit: async (event) => {
      told.push(event);
    },
  } satisfies Partial<ApiDeps>;

  return {
    deps,
    held: {
      entities,
      edges,
      activity,
      correlations,
      identities,
      identity_members,
      paths,
      stitch_runs,
      stitch_audit,
      settings,
      requested,
      told,
      asked,
    },
  };
}
