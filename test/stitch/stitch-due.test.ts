import { describe, expect, it, vi } from 'vitest';
import type { StitchMessage } from '../../src/runs/messages.ts';
import { followSettings } from '../../src/stitch/follow-settings.ts';
import { requestStitch } from '../../src/stitch/request-stitch.ts';
import { sendOverdue } from '../../src/stitch/send-overdue.ts';
import { decideStitch, type StitchDue } from '../../src/stitch/stitch-due.ts';
import { MOST_TRIGGERS, type StitchTrigger } from '../../src/stitch/stitch-trigger.ts';
import { dueSuite, MANUAL } from './due-suite.ts';
import { memoryDue } from './memory-due.ts';

const START = new Date('2026-11-21T12:00:00.000Z');
const secondsIn = (seconds: number): Date => new Date(START.getTime() + seconds * 1_000);

describe('stitch_due in memory', () => dueSuite(async () => memoryDue()));

describe('whether a message is worth a stitch', () => {
  const PATIENCE = 300_000;
  const aDue = (given: Partial<StitchDue> = {}): StitchDue => ({
    _id: 'nimbus',
    tenant_id: 'nimbus',
    generation: 5,
    stitched_generation: 3,
    first_at: START.toISOString(),
    due_at: secondsIn(60).toISOString(),
    ...given,
  });

  it.each<[string, StitchDue | undefined, number, number, ReturnType<typeof decideStitch>]>([
    ['nothing was ever due', undefined, 1, 60, 'unchanged'],
    ['its generation was stitched', aDue({ stitched_generation: 5 }), 5, 60, 'unchanged'],
    ['an older message comes after all was stitched', aDue({ stitched_generation: 5 }), 2, 999, 'unchanged'],
    ['it is the last one', aDue(), 5, 60, 'stitch'],
    ['it is the last one, and comes early', aDue(), 5, 0, 'stitch'],
    ['a later one follows', aDue(), 4, 60, 'later'],
    ['a later one follows, one millisecond before patience ends', aDue(), 4, 299.999, 'later'],
    ['a later one follows, but patience ends', aDue(), 4, 300, 'stitch'],
    ['it is of a generation that was stitched, and a later one follows', aDue(), 3, 60, 'later'],
    ['it is newer than what is written', aDue(), 9, 60, 'stitch'],
    ['a clearing was killed half way', { ...withoutFirst(aDue()) }, 4, 60, 'stitch'],
  ])('when %s', (_when, due, generation, seconds, decision) => {
    expect(decideStitch(due, generation, secondsIn(seconds), PATIENCE)).toBe(decision);
  });

  function withoutFirst({ first_at: _first, due_at: _due, ...rest }: StitchDue): StitchDue {
    return rest;
  }
});

describe('asking for a stitch', () => {
  it('counts the change first, then sends a message of that generation', async () => {
    const { due } = memoryDue();
    const sent: StitchMessage[] = [];
    const deps = {
      due,
      enqueueStitch: async (message: StitchMessage) => {
        expect((await due.get('nimbus'))?.generation).toBe(message.generation);
        sent.push(message);
      },
      delay: 60_000,
      now: () => START,
    };
    await requestStitch(deps, 'nimbus', MANUAL);
    await requestStitch(deps, 'nimbus', MANUAL);
    expect(sent).toEqual([
      { tenant_id: 'nimbus', generation: 1 },
      { tenant_id: 'nimbus', generation: 2 },
    ]);
    expect(await due.get('nimbus')).toMatchObject({ due_at: secondsIn(60).toISOString() });
  });

  it('that was killed before its message was sent is made up for by the tick, a minute after it was due', async () => {
    const { due } = memoryDue();
    const killed = requestStitch(
      { due, enqueueStitch: () => Promise.reject(new Error('killed')), delay: 60_000, now: () => START },
      'nimbus',
      MANUAL,
    );
    await expect(killed).rejects.toThrow('killed');
    const enqueueStitch = vi.fn(async (_message: StitchMessage, _resend: string) => undefined);
    await sendOverdue({ due, enqueueStitch, now: () => secondsIn(120) });
    expect(enqueueStitch).not.toHaveBeenCalled();
    await sendOverdue({ due, enqueueStitch, now: () => secondsIn(121) });
    await sendOverdue({ due, enqueueStitch, now: () => secondsIn(181) });
    // Each under another name, so that the queue does not take the second for the first.
    expect(enqueueStitch.mock.calls).toEqual([
      [{ tenant_id: 'nimbus', generation: 1 }, secondsIn(121).toISOString()],
      [{ tenant_id: 'nimbus', generation: 1 }, secondsIn(181).toISOString()],
    ]);
  });
});

describe('changes of settings that nobody followed up', () => {
  it('are followed up by the tick, tenant by tenant, each with a stitch', async () => {
    const { due } = memoryDue();
    const sent: StitchMessage[] = [];
    const asking = {
      due,
      enqueueStitch: async (message: StitchMessage) => {
        sent.push(message);
      },
      delay: 60_000,
      now: () => START,
    };
    const settings = {
      unfollowed: async (limit: number) => ['nimbus', 'acme', 'late'].slice(0, limit),
      followUp: async (_tenant: string, ask: (trigger: StitchTrigger) => Promise<unknown>) => {
        await ask({ kind: 'settings_changed', by: '7' });
      },
    };
    await followSettings(settings, asking, 2);
    expect(sent.map(({ tenant_id }) => tenant_id)).toEqual(['nimbus', 'acme']);
    expect((await due.get('acme'))?.triggers).toEqual([{ kind: 'settings_changed', by: '7', generation: 1 }]);
  });
});

describe('what asked for a stitch', () => {
  it('is remembered by name up to a number, and counted beyond', async () => {
    const { due } = memoryDue();
    for (let one = 0; one < MOST_TRIGGERS + 5; one += 1) await due.raise('nimbus', 't', 't', MANUAL);
    const document = await due.get('nimbus');
    expect(document?.triggers).toHaveLength(MOST_TRIGGERS);
    expect(document?.generation).toBe(MOST_TRIGGERS + 5);
  });
});
