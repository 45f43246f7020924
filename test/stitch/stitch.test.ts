import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StitchDeps } from '../../src/stitch/stitch.ts';
import { stitchRunId } from '../../src/stitch/stitch-run.ts';
import { TENANT } from '../graph/estate.ts';
import { CUSTOMERS } from '../paths/mediapro.ts';
import { aTenant, SECOND, START } from './a-tenant.ts';
import { computedHere } from './here.ts';
import { mediaProInputs } from './inputs.ts';

const FIRST = stitchRunId(TENANT, 1);
const SECOND_RUN = stitchRunId(TENANT, 2);

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a stitch', () => {
  it('writes the paths that it finds, records what it did, and leaves nothing due', async () => {
    const tenant = aTenant();
    expect(await tenant.stitch(await tenant.changed())).toBe('stitched');
    expect([...tenant.stored.values()]).toMatchObject([
      {
        tenant_id: TENANT,
        resource: { source_record_id: CUSTOMERS },
        members: [{ workspace_ids: ['platform'] }],
        stitch_run_id: FIRST,
        stitched_at: START.toISOString(),
      },
    ]);
    expect(tenant.runs).toMatchObject([
      {
        _id: FIRST,
        tenant_id: TENANT,
        generation: 1,
        outcome: 'stitched',
        counts: { paths: { added: 1, changed: 0, removed: 0, unchanged: 0 } },
      },
    ]);
    expect(await tenant.due()).toEqual({
      _id: TENANT,
      tenant_id: TENANT,
      generation: 1,
      stitched_generation: 1,
    });
  });

  it('of the same generation again loads nothing and says so', async () => {
    const tenant = aTenant();
    await tenant.stitch(await tenant.changed());
    expect(await tenant.stitch(1)).toBe('unchanged');
    expect(tenant.loads()).toBe(1);
    expect(tenant.runs.map(({ _id, outcome }) => [_id, outcome])).toEqual([
      [FIRST, 'stitched'],
      ['owner-2', 'unchanged'],
    ]);
  });

  it('of an estate in which nothing changed writes no path', async () => {
    const tenant = aTenant();
    await tenant.stitch(await tenant.changed());
    const before = new Map(tenant.stored);
    tenant.writes.length = 0;
    await tenant.stitch(await tenant.changed());
    expect(tenant.writes).toEqual([]);
    expect(tenant.stored).toEqual(before);
    expect(tenant.runs.at(-1)?.counts.paths).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 1 });
  });

  it('writes a path that changed in its place, and takes away one that is no more', async () => {
    const tenant = aTenant();
    await tenant.stitch(await tenant.changed());
    tenant.estate.inputs = mediaProInputs({}, () => ['payments']);
    await tenant.stitch(await tenant.changed());
    expect(tenant.runs.at(-1)?.counts.paths).toEqual({ added: 0, changed: 1, removed: 0, unchanged: 0 });
    expect([...tenant.stored.values()]).toMatchObject([{ stitch_run_id: SECOND_RUN }]);
    tenant.estate.inputs = mediaProInputs({ reader: {} });
    await tenant.stitch(await tenant.changed());
    expect(tenant.runs.at(-1)?.counts.paths).toEqual({ added: 0, changed: 0, removed: 1, unchanged: 0 });
    expect(tenant.stored.size).toBe(0);
  });
});

describe('a message that a later one follows', () => {
  it('is left to it, without a trace', async () => {
    const tenant = aTenant();
    await tenant.changed();
    await tenant.changed();
    expect(await tenant.stitch(1)).toBe('later');
    expect([tenant.loads(), tenant.runs]).toEqual([0, []]);
    expect(await tenant.stitch(2)).toBe('stitched');
  });

  it('is stitched all the same once changes have been gathering for longer than patience', async () => {
    const tenant = aTenant();
    await tenant.changed();
    vi.setSystemTime(START.getTime() + 300 * SECOND);
    await tenant.changed();
    expect(await tenant.stitch(1)).toBe('stitched');
    expect(await tenant.due()).toMatchObject({ stitched_generation: 2 });
    expect(await tenant.stitch(2)).toBe('unchanged');
  });

  it('starts a new wait after a stitch, also in a tenant that never stops changing', async () => {
    const tenant = aTenant();
    const outcomes: string[] = [];
    // A change every ten seconds, each with a message a minute later; something changes during every stitch too.
    for (let second = 0; second < 1_200; second += 10) {
      vi.setSystemTime(START.getTime() + second * SECOND);
      const generation = await tenant.changed();
      const compute: StitchDeps['compute'] = (tenant_id, options) => {
        const computation = computedHere(tenant_id, options);
        return { ...computation, finish: () => tenant.changed().then(computation.finish) };
      };
      if (generation > 6) outcomes.push(await tenant.stitch(generation - 6, { compute }));
    }
    expect(outcomes.filter((outcome) => outcome === 'stitched')).toHaveLength(3);
  });
});

describe('two stitches of one tenant', () => {
  it('never run at once: the second is told to come again', async () => {
    const tenant = aTenant();
    await tenant.changed();
    const second: string[] = [];
    const first = tenant.stitch(1, {
      async *input() {
        second.push(await tenant.stitch(1));
        yield* tenant.estate.inputs;
      },
    });
    expect(await first).toBe('stitched');
    expect(second).toEqual(['busy']);
    expect(tenant.runs).toHaveLength(1);
  });

  it('clear only what they have read: a change during a stitch is still due', async () => {
    const tenant = aTenant();
    await tenant.changed();
    await tenant.stitch(1, {
      async *input() {
        yield* tenant.estate.inputs;
        await tenant.changed();
      },
    });
    expect(await tenant.due()).toMatchObject({ generation: 2, stitched_generation: 1, due_at: expect.any(String) });
    expect(await tenant.stitch(2)).toBe('stitched');
  });

  it('do not meet: one whose lease was taken over writes nothing, clears nothing and fails', async () => {
    const tenant = aTenant();
    await tenant.changed();
    const overslept = tenant.stitch(1, {
      compute: (tenant_id, options) => {
        const computation = computedHere(tenant_id, options);
        return {
          ...computation,
          async finish() {
            // The thread stands still for two minutes; somebody else finds the lease over.
            vi.setSystemTime(START.getTime() + 120 * SECOND);
            await tenant.deps.due.take(TENANT, 'successor', new Date().toISOString(), '2026-11-21T13:00:00.000Z');
            return computation.finish();
          },
        };
      },
    });
    await expect(overslept).rejects.toThrow('lost its lease');
    expect([tenant.writes, tenant.runs]).toEqual([[], []]);
    expect(await tenant.due()).toMatchObject({ owner: 'successor', stitched_generation: 0 });
  });
});

describe('a long stitch', () => {
  it('keeps its lease while it computes', async () => {
    const tenant = aTenant();
    await tenant.changed();
    const stitching = tenant.stitch(1, {
      compute: (tenant_id, options) => {
        const computation = computedHere(tenant_id, options);
        return {
          ...computation,
          async finish() {
            await vi.advanceTimersByTimeAsync(240 * SECOND);
            return computation.finish();
          },
        };
      },
    });
    expect(await stitching).toBe('stitched');
    expect(tenant.runs[0]).toMatchObject({ started_at: START.toISOString(), durations_ms: { load: 0, write: 0 } });
    expect(Date.parse(tenant.runs[0]?.finished_at ?? '') - START.getTime()).toBe(240 * SECOND);
  });
});

describe('a stitch that fails', () => {
  it.each<[string, (tenant: ReturnType<typeof aTenant>, closed: () => void) => Partial<StitchDeps>]>([
    [
      'while it loads',
      () => ({
        // biome-ignore lint/correctness/useYield: it fails before the first document.
        async *input() {
          throw new Error('the database is away');
        },
      }),
    ],
    [
      'while it computes',
      (_tenant, closed) => ({
        compute: (tenant_id, options) => ({
          ...computedHere(tenant_id, options),
          finish: () => Promise.reject(new Error('the database is away')),
          close: async () => closed(),
        }),
      }),
    ],
    [
      'while it writes',
      ({ deps }) => ({
        stitched: {
          ...deps.stitched,
          paths: { ...deps.stitched.paths, put: () => Promise.reject(new Error('the database is away')) },
        },
      }),
    ],
    [
      'while it records',
      ({ deps }) => ({
        stitch_runs: { ...deps.stitch_runs, record: () => Promise.reject(new Error('the database is away')) },
      }),
    ],
  ])('%s says so, lets go, and is due as before', async (_when, failing) => {
    const tenant = aTenant();
    const closed = vi.fn();
    await tenant.changed();
    const before = await tenant.due();
    await expect(tenant.stitch(1, failing(tenant, closed))).rejects.toThrow('the database is away');
    expect(await tenant.due()).toEqual(before);
    expect(await tenant.stitch(1)).toBe('stitched');
  });

  it('ends the computation that it began', async () => {
    const tenant = aTenant();
    const closed = vi.fn();
    await tenant.changed();
    const compute: StitchDeps['compute'] = (tenant_id, options) => ({
      ...computedHere(tenant_id, options),
      add: () => Promise.reject(new Error('out of memory')),
      close: async () => closed(),
    });
    await expect(tenant.stitch(1, { compute })).rejects.toThrow('out of memory');
    expect(closed).toHaveBeenCalledOnce();
  });
});
