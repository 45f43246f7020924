import { afterEach, describe, expect, it } from 'vitest';
import { FaultHub } from '../hub.ts';
import { A_LEASE_LATER, killedAt } from '../killed.ts';
import { type Prepared, startRun } from '../prepared.ts';
import { accountOf, beliefsOf, differences, leftovers, NOTHING_LEFT } from '../truth.ts';

/** What may be lost before the first cell is looked at. */
export const planSuite = (up: () => Prepared): unknown =>
  describe('whose plan', () => {
    let hub: FaultHub | undefined;
    afterEach(() => hub?.close());
    const asUndisturbed = async (at: FaultHub, run_id: string): Promise<void> => {
      expect(differences(await beliefsOf(at), up().beliefs)).toEqual([]);
      expect(await accountOf(at, run_id)).toEqual(up().account);
      expect(await leftovers(at, run_id)).toEqual(NOTHING_LEFT);
    };

    it('is asked for by a message that is lost is planned within two ticks', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const run_id = await startRun(hub, up().scope_id);
      expect(await hub.queues.lose('plans')).toHaveLength(1);
      hub.pass(A_LEASE_LATER);
      await hub.settle();
      await asUndisturbed(hub, run_id);
    });

    it('is written, and whose cells get no message, has them sent within two ticks', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      const run_id = await startRun(hub, up().scope_id);
      // Killed when the queue has its messages and nobody has noted it; these are lost as well.
      await killedAt(
        hub,
        ({ collection, body }) => collection === 'cells' && JSON.stringify(body).includes('sent_at":'),
        'before',
        'plan-run',
      );
      await hub.queues.lose('plans');
      await hub.queues.lose('cells');
      hub.pass(A_LEASE_LATER);
      await hub.settle();
      await asUndisturbed(hub, run_id);
    });

    it.each([
      [1, 'after'],
      [3, 'before'],
      [4, 'after'],
    ] as const)(
      'is in the hands of a planner that is killed at its write %i, %s it is there, is planned once',
      async (n, side) => {
        hub = await FaultHub.open(up().stage, up().before);
        const run_id = await startRun(hub, up().scope_id);
        let seen = 0;
        await killedAt(hub, () => ++seen === n, side, 'plan-run');
        hub.pass(A_LEASE_LATER);
        await hub.settle();
        await asUndisturbed(hub, run_id);
      },
    );
  });
