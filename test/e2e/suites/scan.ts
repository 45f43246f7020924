import { describe, expect, it } from 'vitest';
import { DATA, WORKLOADS } from '../../../labs/mediapro/names.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { beliefs, CATEGORIES, organizationScope, scan } from '../scanning.ts';

/** The main job: from POST /scan-runs to a path with its evidence. */
export const scanSuite = (up: () => Stage): unknown =>
  describe('scanning the estate', () => {
    let scope_id: string;

    it('succeeds in under 30 s from request to end, with a cell for each account and category', async () => {
      scope_id = await organizationScope(up());
      const { run, cells } = await scan(up(), scope_id);
      expect(run.status).toBe('succeeded');
      expect(run.errors).toEqual([]);
      // The discovery comes first, and the retirement of what nobody plans any more with the others.
      expect(cells).toHaveLength(3 * CATEGORIES.length + 2);
      expect(Object.values(run.evidence_completeness).every((evidence) => evidence === 'complete')).toBe(true);
      expect(Date.parse(run.finished_at ?? '') - Date.parse(run.created_at)).toBeLessThan(30_000);
    });

    it('finds the path from the tagger to the customers once the stitch is done', async () => {
      await expect
        .poll(async () => (await up().api.listPaths({ crosses_account_boundary: true })).map(shortened), {
          timeout: 30_000,
        })
        .toEqual([[WORKLOADS.tagger, WORKLOADS.taggerRole, DATA.reader, DATA.customers]]);
    });

    it('writes nothing into entities, edges and paths when nothing has changed, counted on the wire', async () => {
      const before = await beliefs(up());
      up().services.mongoProxy?.resetWrites();
      const { run } = await scan(up(), scope_id);
      expect(run).toMatchObject({ status: 'succeeded', totals: { added: 0, changed: 0, removed: 0 } });
      const writes = up().services.mongoProxy?.writes() ?? {};
      expect(writes.cells).toBeGreaterThan(0);
      expect([writes.entities, writes.edges, writes.stitched_paths]).toEqual([undefined, undefined, undefined]);
      expect(await beliefs(up())).toEqual(before);
    });

    it('audits who started it and that it ended, once each', async () => {
      const [latest] = await up().api.listRuns();
      const events = await collection(up(), 'audit_events', { target: latest?._id });
      expect(events.map(({ action, actor }) => [action, actor]).toSorted()).toEqual([
        ['scan_run.finished', 'throughline'],
        ['scan_run.started', 'local-operator'],
      ]);
    });
  });

const shortened = ({
  hops,
  workload,
}: {
  hops: readonly { to: { display_name: string } }[];
  workload: { display_name: string };
}) => [workload.display_name, ...hops.map((hop) => hop.to.display_name)];

async function collection(stage: Stage, name: string, filter: object) {
  const { MongoClient } = await import('mongodb');
  const client = await MongoClient.connect(stage.services.mongo.uri);
  try {
    return await client.db().collection(name).find(filter).toArray();
  } finally {
    await client.close();
  }
}
