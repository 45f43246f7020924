import { beforeEach, describe, expect, it } from 'vitest';
import type { DueUnderTest } from './memory-due.ts';

/** What asked. */
export const MANUAL = { kind: 'manual', by: 'ada' } as const;
const raised = (generation: number) => ({ ...MANUAL, generation });

const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 12, 0, second)).toISOString();

/** What `stitch_due` promises, whatever it is stored in. */
export function dueSuite(make: () => Promise<DueUnderTest>): void {
  let due: DueUnderTest['due'];
  beforeEach(async () => {
    due = (await make()).due;
  });

  describe('raising the generation', () => {
    it('counts up and remembers the first change and the last time that it is due', async () => {
      expect(await due.raise('nimbus', at(0), at(60), MANUAL)).toBe(1);
      expect(await due.raise('nimbus', at(10), at(70), MANUAL)).toBe(2);
      expect(await due.get('nimbus')).toEqual({
        _id: 'nimbus',
        tenant_id: 'nimbus',
        generation: 2,
        stitched_generation: 0,
        first_at: at(0),
        due_at: at(70),
        triggers: [raised(1), raised(2)],
      });
    });

    it('gives each of many callers at once a number of its own', async () => {
      const generations = await Promise.all(
        Array.from({ length: 20 }, (_, index) => due.raise('nimbus', at(index), at(60), MANUAL)),
      );
      expect(generations.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(await due.get('nimbus')).toMatchObject({ generation: 20, stitched_generation: 0 });
    });

    it('is counted for each tenant apart', async () => {
      await due.raise('nimbus', at(0), at(60), MANUAL);
      expect(await due.raise('acme', at(0), at(60), MANUAL)).toBe(1);
      expect(await due.get('nobody')).toBeUndefined();
    });
  });

  describe('taking the stitch of a tenant', () => {
    beforeEach(() => due.raise('nimbus', at(0), at(60), MANUAL));

    it('succeeds for one of many at once', async () => {
      const owners = Array.from({ length: 10 }, (_, index) => `owner-${index}`);
      const taken = await Promise.all(owners.map((owner) => due.take('nimbus', owner, at(1), at(61))));
      expect(taken.filter((document) => document !== undefined)).toHaveLength(1);
    });

    it('fails while its owner lives, and succeeds when the lease is over', async () => {
      await due.take('nimbus', 'one', at(0), at(10));
      expect(await due.take('nimbus', 'two', at(10), at(20))).toBeUndefined();
      expect(await due.take('nimbus', 'two', at(11), at(21))).toMatchObject({ owner: 'two', lease_until: at(21) });
      expect(await due.renew('nimbus', 'one', at(99))).toBe(false);
    });

    it('is extended by its owner', async () => {
      await due.take('nimbus', 'one', at(0), at(10));
      expect(await due.renew('nimbus', 'one', at(30))).toBe(true);
      expect(await due.take('nimbus', 'two', at(20), at(40))).toBeUndefined();
    });

    it('is over when it is released, by its owner only', async () => {
      await due.take('nimbus', 'one', at(0), at(10));
      await due.release('nimbus', 'two');
      expect(await due.take('nimbus', 'three', at(1), at(11))).toBeUndefined();
      await due.release('nimbus', 'one');
      expect(await due.take('nimbus', 'three', at(1), at(11))).toMatchObject({ generation: 1 });
    });

    it('has nothing to take where nothing was ever due', async () => {
      expect(await due.take('acme', 'one', at(0), at(10))).toBeUndefined();
    });
  });

  describe('clearing what was stitched', () => {
    beforeEach(async () => {
      await due.raise('nimbus', at(0), at(60), MANUAL);
      await due.take('nimbus', 'one', at(61), at(121));
    });

    it('leaves nothing due and nobody at it', async () => {
      await due.clear('nimbus', 'one', 1, at(61));
      expect(await due.get('nimbus')).toEqual({
        _id: 'nimbus',
        tenant_id: 'nimbus',
        generation: 1,
        stitched_generation: 1,
      });
    });

    it('leaves due what came in the meantime, as gathering since the stitch began to read', async () => {
      await due.raise('nimbus', at(70), at(130), MANUAL);
      await due.clear('nimbus', 'one', 1, at(61));
      expect(await due.get('nimbus')).toEqual({
        _id: 'nimbus',
        tenant_id: 'nimbus',
        generation: 2,
        stitched_generation: 1,
        first_at: at(61),
        due_at: at(130),
        triggers: [raised(2)],
      });
    });

    it('is for the owner only: one whose lease was taken over clears nothing', async () => {
      await due.take('nimbus', 'two', at(122), at(182));
      await due.clear('nimbus', 'one', 1, at(61));
      expect(await due.get('nimbus')).toMatchObject({ owner: 'two', stitched_generation: 0, first_at: at(0) });
    });

    it('begins anew with the next change', async () => {
      await due.clear('nimbus', 'one', 1, at(61));
      expect(await due.raise('nimbus', at(200), at(260), MANUAL)).toBe(2);
      expect(await due.get('nimbus')).toMatchObject({ first_at: at(200), due_at: at(260), stitched_generation: 1 });
    });
  });

  describe('what is overdue', () => {
    it('is what was due before a moment and not stitched, most overdue first', async () => {
      await due.raise('late', at(0), at(20), MANUAL);
      await due.raise('later', at(0), at(10), MANUAL);
      await due.raise('in time', at(0), at(40), MANUAL);
      await due.raise('done', at(0), at(10), MANUAL);
      await due.take('done', 'one', at(11), at(71));
      await due.clear('done', 'one', 1, at(11));
      const tenants = async (limit: number) => (await due.overdue(at(30), limit)).map(({ tenant_id }) => tenant_id);
      expect(await tenants(10)).toEqual(['later', 'late']);
      expect(await tenants(1)).toEqual(['later']);
    });
  });
}
