import { beforeEach, describe, expect, it } from 'vitest';
import type { StitchRun } from '../../src/stitch/stitch-run.ts';
import { type StitchRunStore, stitchRunStore } from '../../src/store/stitch-runs.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let runs: StitchRunStore;
beforeEach(() => {
  runs = stitchRunStore(db());
});

const NO_WRITES = { added: 0, changed: 0, removed: 0, unchanged: 0 };

const aRun = (_id: string, started_at: string, tenant_id = 'nimbus'): StitchRun => ({
  _id,
  tenant_id,
  generation: 1,
  outcome: 'stitched',
  started_at,
  finished_at: started_at,
  durations_ms: { load: 1 },
  counts: {
    entities: 0,
    edges: 0,
    policy_documents: 0,
    correlations: NO_WRITES,
    identities: NO_WRITES,
    paths: NO_WRITES,
    ambiguities: 0,
    unsettled: { can_assume: 0, can_control: 0, can_access: 0, unclassified_resources: 0, workloads_cut_short: 0 },
  },
  triggered_by: [],
  requests: 1,
  settings_version: 0,
  ambiguities: [],
  failed_rules: [],
  problems: [],
});

describe('stitch runs', () => {
  it('come newest first, in pages that lose none of the same moment, and of one tenant', async () => {
    const [noon, one] = ['2026-11-21T12:00:00.000Z', '2026-11-21T13:00:00.000Z'];
    for (const run of [aRun('a', noon), aRun('b', one), aRun('c', noon), aRun('x', one, 'acme')])
      await runs.record(run);
    const first = await runs.list('nimbus', 2);
    expect(first.map(({ _id }) => _id)).toEqual(['b', 'c']);
    expect(await runs.list('nimbus', 2, { started_at: noon, _id: 'c' })).toEqual([aRun('a', noon)]);
    expect(await runs.list('acme', 10)).toEqual([aRun('x', one, 'acme')]);
  });

  it('of a generation that was stitched again, after a kill, are one', async () => {
    await runs.record(aRun('a', '2026-11-21T12:00:00.000Z'));
    await runs.record(aRun('a', '2026-11-21T13:00:00.000Z'));
    expect(await runs.list('nimbus', 10)).toEqual([aRun('a', '2026-11-21T13:00:00.000Z')]);
  });

  it('are found by the generation that they read, where they stitched', async () => {
    const run = aRun('a', '2026-11-21T12:00:00.000Z');
    await runs.record({ ...run, _id: 'idle', outcome: 'unchanged' });
    await runs.record(run);
    await runs.record({ ...run, _id: 'next', generation: 2 });
    expect(await runs.ofGeneration('nimbus', 1)).toEqual(run);
    expect(await runs.ofGeneration('nimbus', 3)).toBeUndefined();
    expect(await runs.ofGeneration('acme', 1)).toBeUndefined();
  });

  it('are found by id, in their tenant', async () => {
    await runs.record(aRun('a', '2026-11-21T12:00:00.000Z'));
    expect(await runs.get('nimbus', 'a')).toEqual(aRun('a', '2026-11-21T12:00:00.000Z'));
    expect(await runs.get('acme', 'a')).toBeUndefined();
    expect(await runs.get('nimbus', 'b')).toBeUndefined();
  });
});
