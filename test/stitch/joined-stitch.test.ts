import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RULES } from '../../src/correlations/registry.ts';
import type { CorrelationRule } from '../../src/correlations/rule.ts';
import type { StitchDeps } from '../../src/stitch/stitch.ts';
import { stitchRunId } from '../../src/stitch/stitch-run.ts';
import { TENANT } from '../graph/estate.ts';
import { aTenant, START } from './a-tenant.ts';
import { federated, idOfThing, MCP_RULE, OAUTH_RULE, OIDC_RULE, switched, THINGS, type Thing } from './federated.ts';
import { computedWith } from './here.ts';
import { contentOf } from './kept-content.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const MCP_ON = switched({ [MCP_RULE]: true });

/** A tenant with the federated story, stitched with these settings. */
async function stitchedWith(settings = MCP_ON) {
  const tenant = aTenant();
  tenant.estate.inputs = federated();
  tenant.estate.settings = settings;
  let runs = 0;
  const next = async (more: Partial<StitchDeps> = {}): Promise<void> => {
    vi.advanceTimersByTime(600_000);
    // What the first run saw first is not new to the later ones.
    runs += 1;
    const generation = await tenant.changed({ kind: 'run_finished', by: `run-${runs}` });
    expect(await tenant.stitch(generation, more)).toBe('stitched');
  };
  await next();
  return { ...tenant, next };
}
type Stitched = Awaited<ReturnType<typeof stitchedWith>>;

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

const entriesOf = ({ kept }: Stitched, generation: number) =>
  [...kept.audit.values()]
    .filter((entry) => entry.generation === generation)
    .map(({ kind, change, causes }) => ({ kind, change, causes: causes.map(({ code }) => code) }))
    .toSorted(byText);

const rulesThat = ({ kept }: Stitched, status: 'active' | 'retired'): readonly string[] =>
  [...kept.correlations.values()]
    .filter((one) => one.status === status)
    .map(({ rule_id }) => rule_id)
    .toSorted();

describe('a stitch over what rules join', () => {
  it('keeps correlations, identities, memberships and the path over them, and tells of each', async () => {
    const tenant = await stitchedWith();
    expect(rulesThat(tenant, 'active')).toEqual([OIDC_RULE, OAUTH_RULE, MCP_RULE]);
    expect([...tenant.kept.identities.values()].map(({ source_records }) => source_records.length)).toEqual([2, 2]);
    expect([...tenant.kept.members.keys()].toSorted()).toEqual(
      (['application', 'client', 'router', 'subject'] as const).map(idOfThing).toSorted(),
    );
    expect([...tenant.kept.paths.values()]).toMatchObject([
      {
        workload: { source_record_id: THINGS.bridge.source_record_id },
        resource: { source_record_id: THINGS.table.source_record_id },
        correlation_rules: [OAUTH_RULE, MCP_RULE],
        stitch_run_id: stitchRunId(TENANT, 1),
      },
    ]);
    expect(entriesOf(tenant, 1)).toEqual([
      { kind: 'correlation', change: 'appeared', causes: ['first_seen'] },
      { kind: 'correlation', change: 'appeared', causes: ['first_seen'] },
      { kind: 'correlation', change: 'appeared', causes: ['rule_on'] },
      { kind: 'identity', change: 'appeared', causes: ['correlation_appeared'] },
      { kind: 'identity', change: 'appeared', causes: ['correlation_appeared'] },
      { kind: 'path', change: 'appeared', causes: ['first_seen'] },
    ]);
    expect(tenant.runs.at(-1)).toMatchObject({
      settings_version: 1,
      requests: 1,
      triggered_by: [{ kind: 'run_finished', by: 'run-1', generation: 1 }],
      counts: { correlations: { added: 3 }, identities: { added: 2 }, paths: { added: 1 }, ambiguities: 0 },
      failed_rules: [],
    });
  });

  it('again, of what another run saw the same of, writes nothing at all', async () => {
    const tenant = await stitchedWith();
    const before = tenant.kept.audit.size;
    tenant.writes.length = 0;
    tenant.estate.inputs = federated({ run_id: 'run-2' });
    await tenant.next();
    expect(tenant.writes).toEqual([]);
    expect(tenant.kept.audit.size).toBe(before);
    expect(tenant.runs.at(-1)?.counts).toMatchObject({
      correlations: { added: 0, changed: 0, removed: 0, unchanged: 3 },
      identities: { added: 0, changed: 0, removed: 0, unchanged: 2 },
      paths: { added: 0, changed: 0, removed: 0, unchanged: 1 },
    });
  });

  it('with a rule off retires its bridges and takes their paths away, and with it on again has the same documents', async () => {
    const tenant = await stitchedWith();
    const before = contentOf(tenant.kept);
    tenant.estate.settings = switched({ [MCP_RULE]: false }, new Date().toISOString(), 2);
    await tenant.next();
    expect(rulesThat(tenant, 'retired')).toEqual([MCP_RULE]);
    expect([...tenant.kept.correlations.values()].find(({ status }) => status === 'retired')).toMatchObject({
      retired_because: 'rule_off',
      first_stitch_run_id: stitchRunId(TENANT, 1),
      last_stitch_run_id: stitchRunId(TENANT, 2),
    });
    expect(tenant.kept.paths.size).toBe(0);
    expect(entriesOf(tenant, 2)).toEqual([
      { kind: 'correlation', change: 'went', causes: ['rule_off'] },
      { kind: 'path', change: 'went', causes: ['rule_off'] },
    ]);
    tenant.estate.settings = switched({ [MCP_RULE]: true }, new Date().toISOString(), 3);
    await tenant.next();
    expect(contentOf(tenant.kept)).toEqual(before);
    expect(entriesOf(tenant, 3)).toEqual([
      { kind: 'correlation', change: 'appeared', causes: ['rule_on'] },
      { kind: 'path', change: 'appeared', causes: ['rule_on'] },
    ]);
  });

  it('with a rule off that made records one has them apart again', async () => {
    const tenant = await stitchedWith();
    tenant.estate.settings = switched({ [MCP_RULE]: true, [OIDC_RULE]: false }, new Date().toISOString(), 2);
    await tenant.next();
    expect([...tenant.kept.members.keys()].toSorted()).toEqual(
      (['application', 'client'] as const).map(idOfThing).toSorted(),
    );
    expect(entriesOf(tenant, 2)).toEqual([
      { kind: 'correlation', change: 'went', causes: ['rule_off'] },
      { kind: 'identity', change: 'went', causes: ['correlation_went'] },
    ]);
  });

  it('says of what lost an entity that it is gone', async () => {
    const tenant = await stitchedWith();
    tenant.estate.inputs = federated({ without: ['client'] });
    await tenant.next();
    expect([...tenant.kept.correlations.values()].find(({ status }) => status === 'retired')).toMatchObject({
      rule_id: OAUTH_RULE,
      retired_because: 'entity_gone',
    });
    expect(tenant.kept.paths.size).toBe(0);
  });

  it('shows a correlation, identity and path to whoever sees every member only', async () => {
    const tenant = aTenant();
    const hidden: readonly Thing[] = ['client', 'user'];
    tenant.estate.inputs = federated({ workspacesOf: (thing) => (hidden.includes(thing) ? ['itsm'] : ['platform']) });
    tenant.estate.settings = MCP_ON;
    await tenant.stitch(await tenant.changed());
    const both = [{ workspace_ids: ['itsm'] }, { workspace_ids: ['platform'] }];
    const [path] = tenant.kept.paths.values();
    expect(path?.members).toEqual(both);
    const oauth = [...tenant.kept.correlations.values()].find(({ rule_id }) => rule_id === OAUTH_RULE);
    expect(oauth?.members).toEqual(both);
    expect([...tenant.kept.audit.values()].find(({ id }) => id === oauth?._id)?.members).toEqual(both);
  });
});

describe('a rule that throws', () => {
  const broken = (id: string): readonly CorrelationRule[] =>
    RULES.map((rule) =>
      rule.id === id
        ? {
            ...rule,
            left: {
              ...rule.left,
              present: () => {
                throw new Error('no such field');
              },
            },
          }
        : rule,
    );
  const failing = (id: string): Partial<StitchDeps> => ({ compute: computedWith({ rules: broken(id) }) });

  it('fails alone: what it had found before stays, takes part in paths and identities, and the stitch names it', async () => {
    const tenant = await stitchedWith();
    const before = contentOf(tenant.kept);
    tenant.writes.length = 0;
    await tenant.next(failing(OAUTH_RULE));
    expect(contentOf(tenant.kept)).toEqual(before);
    expect(tenant.writes).toEqual([]);
    expect(tenant.runs.at(-1)?.failed_rules).toEqual([{ rule_id: OAUTH_RULE, message: 'no such field' }]);
  });

  it('keeps nothing whose entity is gone, or whose pair was forbidden since', async () => {
    const gone = await stitchedWith();
    gone.estate.inputs = federated({ without: ['client'] });
    await gone.next(failing(OAUTH_RULE));
    expect(rulesThat(gone, 'retired')).toEqual([OAUTH_RULE]);

    const forbidden = await stitchedWith();
    const pair = { left: idOfThing('client'), right: idOfThing('application'), decision: 'forbid' } as const;
    const decided = { reason: 'a test', changed_by: 'ada', changed_at: START.toISOString() };
    forbidden.estate.settings = { ...MCP_ON, version: 2, pairs: [{ ...pair, ...decided }] };
    await forbidden.next(failing(OAUTH_RULE));
    expect([...forbidden.kept.correlations.values()].filter(({ status }) => status === 'retired')).toMatchObject([
      { rule_id: OAUTH_RULE, retired_because: 'pair_forbidden' },
    ]);
    expect(forbidden.kept.paths.size).toBe(0);
  });

  it('has found nothing yet where it fails the first time', async () => {
    const tenant = aTenant();
    tenant.estate.inputs = federated();
    await tenant.stitch(await tenant.changed(), failing(OIDC_RULE));
    expect([...tenant.kept.correlations.values()].map(({ rule_id }) => rule_id)).toEqual([OAUTH_RULE]);
  });
});

describe('a retired correlation', () => {
  it('leaves no trace in paths, identities and memberships, whichever rules are off', async () => {
    const rules = fc.record({ [MCP_RULE]: fc.boolean(), [OAUTH_RULE]: fc.boolean(), [OIDC_RULE]: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(rules, rules, async (first, second) => {
        const tenant = await stitchedWith(switched(first));
        tenant.estate.settings = switched(second, new Date().toISOString(), 2);
        await tenant.next();
        const retired = [...tenant.kept.correlations.values()].filter(({ status }) => status === 'retired');
        const { paths, identities, members } = tenant.kept;
        const text = JSON.stringify([[...paths.values()], [...identities.values()]]);
        for (const { _id } of retired) expect(text).not.toContain(_id);
        const joined = new Set(
          [...identities.values()].flatMap(({ source_records }) => source_records.map(({ id }) => id)),
        );
        expect(new Set(members.keys())).toEqual(joined);
        // What is left is what a stitch with these settings alone would have found.
        const alone = await stitchedWith(switched(second));
        expect(contentOf(tenant.kept, 'standing')).toEqual(contentOf(alone.kept, 'standing'));
      }),
      { numRuns: 20 },
    );
  });
});

describe('scans in any order', () => {
  const SOURCES: readonly (readonly Thing[])[] = [
    ['bridge', 'subject'],
    ['principal', 'application', 'router'],
    ['client', 'user', 'table'],
  ];

  it('with a stitch after each end in the same documents', async () => {
    const all = await stitchedWith();
    const expected = contentOf(all.kept, 'standing');
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...SOURCES], { minLength: SOURCES.length }),
        fc.shuffledSubarray([...federated()], { minLength: federated().length }),
        async (order, documents) => {
          const tenant = aTenant();
          tenant.estate.settings = MCP_ON;
          for (const [index] of order.entries()) {
            const missing = order.slice(index + 1).flat();
            tenant.estate.inputs = federated({ without: missing, run_id: `run-${index}` });
            await tenant.stitch(await tenant.changed());
          }
          expect(contentOf(tenant.kept, 'standing')).toEqual(expected);
          tenant.writes.length = 0;
          tenant.estate.inputs = documents;
          await tenant.stitch(await tenant.changed());
          expect(tenant.writes).toEqual([]);
        },
      ),
      { numRuns: 12 },
    );
  });
});
