import type { ShownRule } from '../lambdas/api/answers/correlation-rules.ts';
import type { ShownSettings } from '../lambdas/api/answers/correlation-settings.ts';
import type { Shown } from '../lambdas/api/answers/correlations.ts';
import type { ShownEdge, ShownEntity, ShownListedEntity } from '../lambdas/api/answers/entities.ts';
import type { ShownPath } from '../lambdas/api/answers/paths.ts';
import type { ShownStitchAudit } from '../lambdas/api/answers/stitch-audit.ts';
import type { ShownStitchRun, StitchRequested } from '../lambdas/api/answers/stitch-runs.ts';
import type { PairExplanation } from '../src/correlations/explain.ts';
import type { PathAnswers } from '../src/paths/between.ts';
import type { StitchedChange, StitchedKind } from '../src/stitch/audit-entry.ts';
import type { CorrelationSettingsChange } from '../src/stitch/change-settings.ts';
import type { PathDifference } from '../src/stitch/diff.ts';
import type { Decisions, Preview } from '../src/stitch/preview.ts';
import type { StitchedCorrelation } from '../src/stitch/stitched-correlation.ts';
import type { StitchedIdentity } from '../src/stitch/stitched-identity.ts';
import { HubClient, segment } from './hub-client.ts';

export type ShownIdentity = Shown<StitchedIdentity>;
export type ShownCorrelation = Shown<StitchedCorrelation>;

/** What of the entities is asked for. */
export interface EntityFilter {
  readonly entity_type?: string;
  readonly source_system_id?: string;
  readonly source_record_id?: string;
  readonly account?: string;
  readonly display_name_prefix?: string;
  readonly instance_id?: string;
  readonly retired?: boolean;
}

/** What of an entity's edges is asked for. */
export interface EdgeFilter {
  readonly direction?: 'out' | 'in';
  readonly edge_type?: string;
}

/** What of the paths is asked for: ARNs or ids of the ends, and what is on the way. */
export interface PathFilter {
  readonly workload?: string;
  readonly resource?: string;
  readonly identity?: string;
  readonly account?: string;
  readonly rule?: string;
  readonly access_level?: string;
  readonly condition_free?: boolean;
  readonly crosses_account_boundary?: boolean;
  readonly crosses_connector_boundary?: boolean;
  readonly crosses_organization_boundary?: boolean;
}

/** What of the identities is asked for. */
export interface IdentityFilter {
  readonly entity_type?: string;
  readonly source_system_id?: string;
  readonly rule?: string;
  readonly entity?: string;
}

/** What of the correlations is asked for. */
export interface CorrelationFilter {
  readonly rule_id?: string;
  readonly status?: 'active' | 'retired';
  readonly entity?: string;
}

/** What of what stitches did is asked for. */
export interface StitchAuditFilter {
  readonly stitch_run_id?: string;
  readonly kind?: StitchedKind;
  readonly id?: string;
  readonly change?: StitchedChange;
}

/** A question about ways: ids or ARNs of entities; at least one end. */
export interface PathQuery {
  readonly from?: string;
  readonly to?: string;
  readonly through?: string;
  readonly max_hops?: number;
}

/** The part of the hub's API that answers what was found. */
export class ResultsClient extends HubClient {
  /** In the order of their ids, at most so many. */
  listEntities(filter: EntityFilter = {}, most?: number): Promise<readonly ShownListedEntity[]> {
    return this.all('/entities', { ...filter }, most);
  }

  getEntity(id: string): Promise<ShownEntity> {
    return this.read(`/entities/${segment(id)}`);
  }

  listEdges(entity_id: string, filter: EdgeFilter = {}, most?: number): Promise<readonly ShownEdge[]> {
    return this.all(`/entities/${segment(entity_id)}/edges`, { ...filter }, most);
  }

  /** In the order of their ids, at most so many. */
  listIdentities(filter: IdentityFilter = {}, most?: number): Promise<readonly ShownIdentity[]> {
    return this.all('/canonical-identities', { ...filter }, most);
  }

  /** By its id, or by one that it had. */
  getIdentity(id: string): Promise<ShownIdentity> {
    return this.read(`/canonical-identities/${segment(id)}`);
  }

  /** In the order of their ids, at most so many. */
  listCorrelations(filter: CorrelationFilter = {}, most?: number): Promise<readonly ShownCorrelation[]> {
    return this.all('/correlations', { ...filter }, most);
  }

  listCorrelationRules(): Promise<readonly ShownRule[]> {
    return this.all('/correlation-rules');
  }

  /** `left`, `right`: ids or ARNs of entities. */
  explainCorrelation(left: string, right: string): Promise<PairExplanation> {
    return this.read(`/correlations/explain?${new URLSearchParams({ left, right })}`);
  }

  getCorrelationSettings(): Promise<ShownSettings> {
    return this.read('/correlation-settings');
  }

  /** Everything that is to hold from now on, in the place of the version named. */
  putCorrelationSettings(change: CorrelationSettingsChange): Promise<ShownSettings> {
    return this.change('PUT', '/correlation-settings', change);
  }

  /** In the order of their ids, at most so many. */
  listPaths(filter: PathFilter = {}, most?: number): Promise<readonly ShownPath[]> {
    return this.all('/paths', { ...filter }, most);
  }

  queryPaths(query: PathQuery): Promise<PathAnswers> {
    return this.hub.call({ method: 'POST', path: '/paths/query', body: JSON.stringify(query), repeatable: true });
  }

  /** What differs between two stitches, by id. */
  diffPaths(from_stitch: string, to_stitch: string): Promise<readonly PathDifference[]> {
    return this.all('/paths/diff', { from_stitch, to_stitch });
  }

  getPath(id: string): Promise<ShownPath> {
    return this.read(`/paths/${segment(id)}`);
  }

  /** Newest first, at most so many. */
  listStitchRuns(most?: number): Promise<readonly ShownStitchRun[]> {
    return this.all('/stitch-runs', {}, most);
  }

  getStitchRun(id: string): Promise<ShownStitchRun> {
    return this.read(`/stitch-runs/${segment(id)}`);
  }

  /** Once more does no harm: one stitch does for both. */
  requestStitch(): Promise<StitchRequested> {
    return this.hub.call({ method: 'POST', path: '/stitch-runs', repeatable: true });
  }

  /** What further decisions would change. Nothing is written. */
  previewStitch(decisions: Decisions): Promise<Preview> {
    return this.hub.call({
      method: 'POST',
      path: '/stitch-runs/preview',
      body: JSON.stringify(decisions),
      repeatable: true,
    });
  }

  /** Newest stitch first, at most so many. */
  listStitchAudit(filter: StitchAuditFilter = {}, most?: number): Promise<readonly ShownStitchAudit[]> {
    return this.all('/stitch-audit', { ...filter }, most);
  }
}
