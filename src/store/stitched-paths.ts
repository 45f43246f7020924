import type { Db, Filter } from 'mongodb';
import type { AccessLevel } from '../graph/access-levels.ts';
import type { Visibility } from '../kernel/ids.ts';
import type { StitchedPath } from '../stitch/stitched-path.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { stitchedStore } from './stitched.ts';
import { visibleTo } from './visible.ts';

export const STITCHED_PATHS: CollectionPlan = {
  name: 'stitched_paths',
  indexes: [
    { key: { tenant_id: 1, _id: 1 } },
    { key: { tenant_id: 1, 'workload.source_record_id': 1, _id: 1 } },
    { key: { tenant_id: 1, 'workload.id': 1, _id: 1 } },
    { key: { tenant_id: 1, 'resource.source_record_id': 1, _id: 1 } },
    { key: { tenant_id: 1, 'resource.id': 1, _id: 1 } },
    { key: { tenant_id: 1, identities: 1, _id: 1 } },
    { key: { tenant_id: 1, accounts: 1, _id: 1 } },
    { key: { tenant_id: 1, correlation_rules: 1, _id: 1 } },
  ],
};

/** What of the paths is asked for; a field that is left out restricts nothing. */
export interface PathQuery {
  /** Source record (ARN) or id of the workload. */
  readonly workload?: string | undefined;
  /** Source record (ARN) or id of the resource. */
  readonly resource?: string | undefined;
  /** Canonical id of an identity on the way. */
  readonly identity?: string | undefined;
  /** An account that something on the way lives in. */
  readonly account?: string | undefined;
  /** A rule whose correlation it goes over. */
  readonly rule?: string | undefined;
  readonly access_level?: AccessLevel | undefined;
  /** Only paths that hold whatever the conditions. */
  readonly condition_free?: boolean | undefined;
  readonly crosses_account_boundary?: boolean | undefined;
  readonly crosses_connector_boundary?: boolean | undefined;
  readonly crosses_organization_boundary?: boolean | undefined;
}

export function stitchedPathStore(db: Db) {
  const collection = collectionOf<StitchedPath>(db, STITCHED_PATHS);
  return {
    ...stitchedStore<StitchedPath>(db, STITCHED_PATHS),

    /** Paths of which the caller sees every member, in the order of their ids. */
    async list(whose: Visibility, query: PathQuery, limit: number, after?: string): Promise<readonly StitchedPath[]> {
      return collection
        .find(filterOf(whose, query, after))
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    async get(whose: Visibility, id: string): Promise<StitchedPath | undefined> {
      return (await collection.findOne({ ...visibleTo(whose), _id: id })) ?? undefined;
    },
  };
}

export type StitchedPathStore = ReturnType<typeof stitchedPathStore>;

function filterOf(whose: Visibility, query: PathQuery, after?: string): Filter<StitchedPath> {
  const flags = ['crosses_account_boundary', 'crosses_connector_boundary', 'crosses_organization_boundary'] as const;
  return {
    ...visibleTo(whose),
    ...named('workload', query.workload),
    ...named('resource', query.resource),
    ...(query.identity !== undefined && { identities: query.identity }),
    ...(query.account !== undefined && { accounts: query.account }),
    ...(query.rule !== undefined && { correlation_rules: query.rule }),
    ...(query.access_level !== undefined && { access_level: query.access_level }),
    ...(query.condition_free === true && { verdict: 'allowed' }),
    ...(query.condition_free === false && { verdict: 'conditional' }),
    ...Object.fromEntries(flags.flatMap((flag) => (query[flag] === undefined ? [] : [[flag, query[flag]]]))),
    ...(after !== undefined && { _id: { $gt: after } }),
  };
}

const OUR_ID = /^[0-9a-f]{64}$/;

const named = (end: 'workload' | 'resource', name: string | undefined): Filter<StitchedPath> =>
  name === undefined ? {} : { [OUR_ID.test(name) ? `${end}.id` : `${end}.source_record_id`]: name };
