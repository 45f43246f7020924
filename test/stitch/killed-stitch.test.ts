import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aTenant, SECOND, START } from './a-tenant.ts';
import { type Federated, federated, MCP_RULE, OIDC_RULE, switched } from './federated.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

type Tenant = ReturnType<typeof aTenant>;

/** One generation: what the tenant has and decided when it is stitched. */
interface Step {
  readonly estate: Federated;
  readonly rules: Readonly<Record<string, boolean>>;
}

/** Everything comes; a bridge and an identity go, and another thing changes. */
const FIRST: Step = { estate: {}, rules: { [MCP_RULE]: true } };
const SECOND_STEP: Step = {
  estate: { properties: { table: { data_classification: 'secret' } } },
  rules: { [MCP_RULE]: false, [OIDC_RULE]: false },
};
const BACK: Step = { ...FIRST, estate: { properties: { client: { active: true } } } };

const decide = ({ estate }: Tenant, { estate: given, rules }: Step): void => {
  estate.inputs = federated(given);
  estate.settings = switched(rules);
};

/** What a tenant keeps, audit and runs included, but for the times of lease and clock. */
const everything = ({ kept, runs }: Tenant) => {
  const all = (some: Iterable<{ readonly _id: string }>) => [...some].toSorted((a, b) => (a._id < b._id ? -1 : 1));
  return structuredClone({
    correlations: all(kept.correlations.values()),
    identities: all(kept.identities.values()),
    paths: all(kept.paths.values()),
    members: all(kept.members.values()),
    audit: all(kept.audit.values()),
    runs: [...new Map(runs.map((run) => [run._id, run])).values()],
  });
};

/** Stitches some steps, the last of which is killed before its write number `at` and then done again, or as `again`. */
async function killedAt(
  steps: readonly Step[],
  at: number,
  again?: Step,
): Promise<{ tenant: Tenant; killed: boolean }> {
  let left = Number.POSITIVE_INFINITY;
  const tenant = aTenant(() => {
    left -= 1;
    if (left < 0) throw new Error('killed');
  });
  for (const [index, step] of steps.entries()) {
    decide(tenant, step);
    if (index === steps.length - 1) left = at;
    vi.setSystemTime(START.getTime() + index * 600 * SECOND);
    const stitching = tenant.stitch(await tenant.changed());
    if (index < steps.length - 1) await stitching;
    else {
      const killed = await stitching.then(
        () => false,
        () => true,
      );
      if (!killed) return { tenant, killed };
    }
  }
  left = Number.POSITIVE_INFINITY;
  if (again) decide(tenant, again);
  const generation = again ? await tenant.changed() : steps.length;
  await tenant.stitch(generation);
  return { tenant, killed: true };
}

/** Kills at every write in turn, and gives what was kept each time, with what an undisturbed stitch keeps. */
async function everyKill(steps: readonly Step[], again?: Step): Promise<readonly unknown[]> {
  const ends: unknown[] = [];
  for (let at = 0; at < 100; at += 1) {
    const { tenant, killed } = await killedAt(steps, at, again);
    if (!killed) return ends;
    ends.push(everything(tenant));
  }
  throw new Error('it never came to its end');
}

describe('a stitch that is killed anywhere and done again', () => {
  it.each([
    ['in which everything is new', [FIRST], 8],
    ['in which things change and go', [FIRST, SECOND_STEP], 8],
    ['in which things come back', [FIRST, SECOND_STEP, BACK], 8],
  ] as const)('%s ends in the same documents, entries and counts', async (_what, steps, most) => {
    const { tenant } = await killedAt(steps, Number.POSITIVE_INFINITY);
    const undisturbed = everything(tenant);
    const ends = await everyKill(steps);
    expect(ends.length).toBeGreaterThanOrEqual(most - 3);
    for (const end of ends) expect(end).toEqual(undisturbed);
  });

  it('after the estate went back to what it was tells of nothing that never was', async () => {
    const ends = await everyKill([FIRST, SECOND_STEP], FIRST);
    for (const end of ends) {
      expect(end).toMatchObject({
        correlations: [{ status: 'active' }, { status: 'active' }, { status: 'active' }],
        identities: [{}, {}],
        paths: [{}],
      });
      const { audit, runs } = end as ReturnType<typeof everything>;
      expect(new Set(audit.map((entry) => ('generation' in entry ? entry.generation : 0)))).toEqual(new Set([1]));
      expect(runs.at(-1)?.counts).toMatchObject({ correlations: { unchanged: 3 }, paths: { unchanged: 1, added: 0 } });
    }
  });

  it('before anything was there, and then of nothing, leaves nothing', async () => {
    const nothing: Step = { estate: { without: ['principal', 'client', 'router'] }, rules: {} };
    for (const end of await everyKill([FIRST], nothing)) {
      expect(end).toMatchObject({ correlations: [], identities: [], paths: [], members: [], audit: [] });
    }
  });

  it('goes on: what was written and told already is not written again, though more has come meanwhile', async () => {
    const tenant = aTenant();
    decide(tenant, FIRST);
    const record = () => Promise.reject(new Error('killed'));
    const stitch_runs = { ...tenant.deps.stitch_runs, record };
    await expect(tenant.stitch(await tenant.changed(), { stitch_runs })).rejects.toThrow('killed');
    const before = everything(tenant);
    tenant.writes.length = 0;
    expect(await tenant.stitch(await tenant.changed())).toBe('stitched');
    expect(tenant.writes.filter((write) => /paths|identities|members/.test(write))).toEqual([]);
    expect(everything(tenant)).toMatchObject({
      paths: before.paths,
      audit: before.audit,
      correlations: before.correlations,
    });
    expect(tenant.runs).toMatchObject([
      {
        generation: 2,
        requests: 2,
        counts: { paths: { added: 1 }, identities: { added: 2 }, correlations: { added: 3 } },
      },
    ]);
  });

  it('twice, with other facts in between, tells what is stored in the end', async () => {
    const classified = (data_classification: string): Step => ({
      ...FIRST,
      estate: { properties: { table: { data_classification } } },
    });
    let deadly = 'nothing';
    const tenant = aTenant((write) => {
      if (write.startsWith(deadly)) throw new Error('killed');
    });
    const stitchAs = async (step: Step, dies_at: string): Promise<unknown> => {
      decide(tenant, step);
      deadly = dies_at;
      const record = () => Promise.reject(new Error('killed'));
      const stitch_runs = dies_at === 'record' ? { ...tenant.deps.stitch_runs, record } : tenant.deps.stitch_runs;
      return tenant.stitch(await tenant.changed(), { stitch_runs }).catch(() => 'killed');
    };
    expect(await stitchAs(FIRST, 'nothing')).toBe('stitched');
    expect(await stitchAs(classified('secret'), 'record')).toBe('killed');
    expect(await stitchAs(classified('top secret'), 'put paths')).toBe('killed');
    expect(await stitchAs(classified('secret'), 'nothing')).toBe('stitched');
    const [path] = tenant.kept.paths.values();
    const told = [...tenant.kept.audit.values()].filter(({ kind }) => kind === 'path');
    expect(path?.sensitivity.value).toBe('secret');
    expect(told.map(({ change }) => change)).toEqual(['appeared', 'changed']);
    expect(told.at(-1)?.after_hash).toBe(path?.content_hash);
    expect(told.at(-1)?.before_hash).toBe(told[0]?.after_hash);
  });

  it('after it was recorded and before it was cleared is the same run', async () => {
    const tenant = aTenant();
    decide(tenant, FIRST);
    const generation = await tenant.changed();
    const due = { ...tenant.deps.due, clear: () => Promise.reject(new Error('killed')) };
    await expect(tenant.stitch(generation, { due })).rejects.toThrow('killed');
    const once = everything(tenant);
    expect(await tenant.stitch(generation)).toBe('stitched');
    expect(everything(tenant)).toEqual(once);
    expect(tenant.runs.map(({ _id }) => _id)).toEqual([tenant.runs[0]?._id, tenant.runs[0]?._id]);
  });
});
