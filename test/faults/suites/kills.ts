import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../tools/bench/random.ts';
import type { WireWrite } from '../../../tools/local/mongo-proxy/wire.ts';
import type { HoldSide } from '../../../tools/local/mongo-proxy.ts';
import { CHANGED_ROLES, PARTNER } from '../estate.ts';
import { type FaultHub, IN_ONE_PART } from '../hub.ts';
import { A_LEASE_LATER, isEndOfCell, isNextPart, killedAt } from '../killed.ts';
import { aPlannedHub, type Prepared } from '../prepared.ts';
import { accountOf, beliefsOf, cellsOf, differences, leftovers, NOTHING_LEFT } from '../truth.ts';

/** Thousandths of a cell's writes, one in each tenth. */
const random = seededRandom(20_261_121);
const MOMENTS = Array.from({ length: 10 }, (_, index): readonly [number, HoldSide] => [
  index * 100 + random.below(100),
  index % 2 === 0 ? 'before' : 'after',
]);

const nth = (n: number): ((write: WireWrite) => boolean) => {
  let seen = 0;
  return () => {
    seen += 1;
    return seen === n;
  };
};

/** Ten moments of a run's cells: half of them before a write is there, half of them when it is and its worker does not know. */
export const killSuite = (up: () => Prepared): unknown =>
  describe('whose collector is killed', () => {
    let hub: FaultHub | undefined;
    afterEach(() => hub?.close());

    it('is one that has something to add, to change and to remove', () => {
      const { account, writes, totals } = up();
      expect(account).toMatchObject({
        status: 'succeeded',
        errors: [],
        finish_events: 1,
        times_carried: 1,
        wrote: true,
      });
      expect(account.audit).toEqual(['scan_run.finished', 'scan_run.started']);
      expect([totals?.added, totals?.changed, totals?.removed].every((count) => count !== undefined && count > 0)).toBe(
        true,
      );
      expect(writes).toBeGreaterThan(40);
      expect(up().roles).toEqual(CHANGED_ROLES);
    });

    it('when an edge is gone and what it named is not, settles that all the same', async () => {
      hub = await aPlannedHub(up());
      const isRetired = (write: WireWrite) =>
        write.collection === 'edges' && JSON.stringify(write.body).includes('"retired_at"');
      await killedAt(hub, isRetired, 'after');
      const partner = {
        entity_type: 'external_aws_account',
        source_record_id: new RegExp(PARTNER),
        retired_at: { $exists: false },
      };
      expect(await hub.db.collection('entities').countDocuments(partner)).toBe(1);
      hub.pass(A_LEASE_LATER);
      await hub.settle();
      expect(await hub.db.collection('entities').countDocuments(partner)).toBe(0);
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
      expect(await leftovers(hub, up().run_id)).toEqual(NOTHING_LEFT);
    });

    it.each(MOMENTS)('at %i/1000 of its writes, %s it is there, ends as if it had not been', async (place, side) => {
      hub = await aPlannedHub(up());
      const n = 1 + Math.floor((place / 1_000) * up().writes);
      await killedAt(hub, nth(n), side);
      hub.pass(A_LEASE_LATER);
      await hub.settle();
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
      const { times_carried: _, ...account } = up().account;
      expect(await accountOf(hub, up().run_id)).toMatchObject(account);
      expect(await leftovers(hub, up().run_id)).toEqual(NOTHING_LEFT);
    });

    it('when a part has ended and the message of the next one is not sent, goes on within two ticks', async () => {
      hub = await aPlannedHub(up());
      await killedAt(hub, isNextPart, 'after');
      hub.pass(A_LEASE_LATER);
      await hub.settle();
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
      expect(await accountOf(hub, up().run_id)).toEqual(up().account);
      expect(await leftovers(hub, up().run_id)).toEqual(NOTHING_LEFT);
    });

    it('when everything is written and nobody has said so, has told all the same that something was written', async () => {
      hub = await aPlannedHub(up(), IN_ONE_PART);
      await killedAt(hub, isEndOfCell, 'before');
      hub.pass(A_LEASE_LATER);
      await hub.settle();
      expect(differences(await beliefsOf(hub), up().beliefs)).toEqual([]);
      expect(await accountOf(hub, up().run_id)).toMatchObject({ status: 'succeeded', finish_events: 1, wrote: true });
    });

    it('three times on one part gives that cell up, says who was lost, and removes nothing', async () => {
      hub = await aPlannedHub(up());
      for (let times = 0; times < 3; times += 1) {
        await killedAt(hub, ({ collection }) => collection === 'edges', 'before');
        hub.pass(A_LEASE_LATER);
      }
      await hub.settle();
      const account = await accountOf(hub, up().run_id);
      const key = `aws_iam:${up().stage.spoke_account}`;
      expect(account).toMatchObject({
        status: 'failed',
        errors: [{ code: 'worker_lost', service_category: 'aws_iam', account_id: up().stage.spoke_account }],
        finish_events: 1,
        audit: ['scan_run.finished', 'scan_run.started'],
      });
      expect(account.evidence[key]).not.toBe('complete');
      expect((await cellsOf(hub, up().run_id)).find((cell) => cell.key === key)?.counts.removed).toBe(0);
      expect(await leftovers(hub, up().run_id)).toEqual(NOTHING_LEFT);
    });
  });
