import type { StitchDeps } from '../../src/stitch/stitch.ts';
import type { StitchDue } from '../../src/stitch/stitch-due.ts';
import { type StitchTrigger, withTrigger } from '../../src/stitch/stitch-trigger.ts';

/** What the stitch asks of its `due` store, and what those that ask for a stitch do. */
export interface DueUnderTest extends Pick<StitchDeps, 'due'> {
  readonly due: StitchDeps['due'] & {
    readonly raise: (tenant_id: string, now: string, due_at: string, trigger: StitchTrigger) => Promise<number>;
    readonly overdue: (before: string, limit: number) => Promise<readonly StitchDue[]>;
  };
}

/** `stitch_due` in memory, with the compare-and-set of the real one: held against it by the same suite. */
export function memoryDue(): DueUnderTest {
  const documents = new Map<string, StitchDue>();
  const owned = (tenant_id: string, owner: string): StitchDue | undefined => {
    const document = documents.get(tenant_id);
    return document?.owner === owner ? document : undefined;
  };
  const free = ({ owner: _owner, lease_until: _until, ...rest }: StitchDue): StitchDue => rest;

  return {
    due: {
      get: async (tenant_id) => documents.get(tenant_id),

      async raise(tenant_id, now, due_at, trigger) {
        const present = documents.get(tenant_id);
        const generation = (present?.generation ?? 0) + 1;
        const base = present ?? { _id: tenant_id, tenant_id, stitched_generation: 0 };
        const triggers = withTrigger(present?.triggers, trigger, generation);
        documents.set(tenant_id, { ...base, generation, first_at: present?.first_at ?? now, due_at, triggers });
        return generation;
      },

      async take(tenant_id, owner, now, lease_until) {
        const present = documents.get(tenant_id);
        const taken = present?.owner !== undefined && present.owner !== owner && (present.lease_until ?? '') >= now;
        if (!present || taken) return undefined;
        const next = { ...present, owner, lease_until };
        documents.set(tenant_id, next);
        return next;
      },

      async renew(tenant_id, owner, lease_until) {
        const mine = owned(tenant_id, owner);
        if (mine) documents.set(tenant_id, { ...mine, lease_until });
        return mine !== undefined;
      },

      async clear(tenant_id, owner, generation, read_at) {
        const mine = owned(tenant_id, owner);
        if (!mine) return;
        const { first_at = read_at, due_at, triggers: known = [], ...rest } = free(mine);
        const triggers = known.filter((one) => one.generation > generation);
        const stitched = { ...rest, stitched_generation: Math.max(mine.stitched_generation, generation) };
        const gathering = { first_at: first_at > read_at ? first_at : read_at, ...(due_at && { due_at }), triggers };
        documents.set(tenant_id, mine.generation > generation ? { ...stitched, ...gathering } : stitched);
      },

      async release(tenant_id, owner) {
        const mine = owned(tenant_id, owner);
        if (mine) documents.set(tenant_id, free(mine));
      },

      overdue: async (before, limit) =>
        [...documents.values()]
          .filter(({ due_at }) => due_at !== undefined && due_at < before)
          .toSorted((a, b) => ((a.due_at ?? '') < (b.due_at ?? '') ? -1 : 1))
          .slice(0, limit),
    },
  };
}
