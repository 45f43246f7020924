import type { Db, Filter } from 'mongodb';
import type { TenantId, Visibility } from '../kernel/ids.ts';
import type { StitchedCorrelation } from '../stitch/stitched-correlation.ts';
import { type CollectionPlan, collectionOf } from './database.ts';
import { stitchedStore } from './stitched.ts';
import { STREAMED } from './stream.ts';
import { visibleTo } from './visible.ts';

export const CORRELATIONS: CollectionPlan = {
  name: 'correlations',
  indexes: [
    { key: { tenant_id: 1, _id: 1 } },
    { key: { tenant_id: 1, status: 1, _id: 1 } },
    { key: { tenant_id: 1, rule_id: 1, _id: 1 } },
    { key: { tenant_id: 1, 'left.id': 1, _id: 1 } },
    { key: { tenant_id: 1, 'right.id': 1, _id: 1 } },
  ],
};

/** What of the correlations is asked for; a field that is left out restricts nothing. */
export interface CorrelationQuery {
  readonly rule_id?: string | undefined;
  readonly status?: StitchedCorrelation['status'] | undefined;
  /** Id of an entity that is its left or right. */
  readonly entity?: string | undefined;
}

/** What rules found, and what they had found. */
export function correlationStore(db: Db) {
  const collection = collectionOf<StitchedCorrelation>(db, CORRELATIONS);
  return {
    ...stitchedStore<StitchedCorrelation>(db, CORRELATIONS, { status: 'active' }),

    /** The active ones, as a stream. */
    streamActive: (tenant_id: TenantId): AsyncIterable<StitchedCorrelation> =>
      collection.find({ tenant_id, status: 'active' }, STREAMED),

    /** Correlations of which the caller sees every member, in the order of their ids. */
    async list(
      whose: Visibility,
      { rule_id, status, entity }: CorrelationQuery,
      limit: number,
      after?: string,
    ): Promise<readonly StitchedCorrelation[]> {
      const filter: Filter<StitchedCorrelation> = {
        ...visibleTo(whose),
        ...(rule_id !== undefined && { rule_id }),
        ...(status !== undefined && { status }),
        ...(entity !== undefined && { $or: [{ 'left.id': entity }, { 'right.id': entity }] }),
        ...(after !== undefined && { _id: { $gt: after } }),
      };
      return collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
    },

    async get(whose: Visibility, id: string): Promise<StitchedCorrelation | undefined> {
      return (await collection.findOne({ ...visibleTo(whose), _id: id })) ?? undefined;
    },
  };
}

export type CorrelationStore = ReturnType<typeof correlationStore>;
