import { afterEach, describe, expect, it } from 'vitest';
import { FaultHub } from '../hub.ts';
import type { Prepared } from '../prepared.ts';

const SCOPES = 8;
const EVERY_MINUTES = 5;

/** Scopes that are due, and who starts them. */
export const tickSuite = (up: () => Prepared): unknown =>
  describe('that a schedule asks for', () => {
    let hub: FaultHub | undefined;
    afterEach(() => hub?.close());
    const runsByScope = async (at: FaultHub): Promise<readonly number[]> => {
      const rows = at.db
        .collection('scan_runs')
        .aggregate<{ count: number }>([
          { $match: { trigger: 'schedule' } },
          { $group: { _id: '$scope_id', count: { $sum: 1 } } },
        ]);
      return (await rows.toArray()).map(({ count }) => count);
    };
    const someScopes = async (at: FaultHub): Promise<void> => {
      for (let made = 0; made < SCOPES; made += 1) {
        await at.call('POST', '/scan-scopes', {
          instance_id: up().instance_id,
          scope_keys: {},
          service_categories: ['aws_iam'],
          schedule: { every_minutes: EVERY_MINUTES },
        });
      }
    };
    const each = (count: number): readonly number[] => Array.from({ length: SCOPES }, () => count);

    it('is started once by three ticks at the same moment', async () => {
      hub = await FaultHub.open(up().stage, up().before);
      await someScopes(hub);
      const at = hub;
      const ticks = await Promise.all([1, 2, 3].map(() => at.start('tick')));
      hub.pass(EVERY_MINUTES * 60 + 1);
      await Promise.all(ticks.map((tick) => at.run('tick', {}, tick)));
      expect(await runsByScope(hub)).toEqual(each(1));
      expect(await hub.queues.lose('plans')).toHaveLength(SCOPES);
      await Promise.all(ticks.map((tick) => at.run('tick', {}, tick)));
      expect(await runsByScope(hub)).toEqual(each(1));
      const seqs = await hub.db.collection('scan_runs').distinct('seq');
      expect(seqs).toHaveLength(SCOPES + 1);
    });

    it.each([
      ['has taken a scope and not begun', 'scan_scopes', 3],
      ['has begun a run and not told', 'scan_runs', 5],
    ] as const)('is started once where a tick dies that %s, by those that come after it', async (_, name, nth) => {
      hub = await FaultHub.open(up().stage, up().before);
      await someScopes(hub);
      hub.pass(EVERY_MINUTES * 60 + 1);
      const dying = await hub.start('tick');
      let seen = 0;
      const held = hub.hold(({ collection }) => collection === name && ++seen === nth, 'after');
      const work = dying.invoke({});
      await held.reached;
      await dying.kill();
      expect(await work).toEqual({ outcome: 'killed' });
      for (let ticks = 0; ticks < 2; ticks += 1) {
        hub.pass(61);
        await hub.run('tick');
      }
      expect(await runsByScope(hub)).toEqual(each(1));
      const audited = await hub.db.collection('audit_events').countDocuments({ action: 'scan_run.started' });
      expect(audited).toBe(SCOPES + 1);
      const planned = new Set((await hub.queues.lose('plans')).map(({ body }) => JSON.parse(body).run_id));
      expect(planned.size).toBe(SCOPES);
    });
  });
