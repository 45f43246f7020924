import { beforeAll, describe, expect, it, vi } from 'vitest';
import { DATA, WORKLOADS } from '../../../labs/mediapro/names.ts';
import type { ShownPath } from '../../../lambdas/api/answers/paths.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { organizationScope, scan } from '../scanning.ts';

/** Stitches that a person asks for, and questions that need the whole graph. */
export const stitchingSuite = (up: () => Stage): unknown =>
  describe('the stitched estate', () => {
    let path: ShownPath;

    beforeAll(async () => {
      const crossing = { crosses_account_boundary: true };
      if ((await up().api.listPaths(crossing)).length === 0) await scan(up(), await organizationScope(up()));
      path = await vi.waitFor(
        async () => {
          const [found] = await up().api.listPaths(crossing);
          if (!found) throw new Error('the estate has no path yet');
          return found;
        },
        { timeout: 30_000, interval: 500 },
      );
    });

    it('is stitched at once when somebody wants it, and the run says who did', async () => {
      const { generation } = await up().api.requestStitch();
      await expect
        .poll(async () => (await up().api.listStitchRuns(20)).find((run) => run.generation === generation), {
          timeout: 20_000,
        })
        .toMatchObject({
          outcome: 'stitched',
          triggered_by: expect.arrayContaining([expect.objectContaining({ kind: 'manual', by: 'local-operator' })]),
          counts: { paths: { added: 0, changed: 0, removed: 0 } },
        });
    });

    it('tells why a path is there', async () => {
      const [entry] = await up().api.listStitchAudit({ kind: 'path', id: path._id });
      expect(entry).toMatchObject({ change: 'appeared', after: { workload: { display_name: WORKLOADS.tagger } } });
      expect(entry?.causes.length).toBeGreaterThan(0);
    });

    it('answers how one entity reaches another, forwards and backwards', async () => {
      const { workload, resource } = path;
      const { answers } = await up().api.queryPaths({ from: workload.id, to: resource.id });
      expect(answers[0]?.unconditional?.hops.map(({ to }) => to.display_name)).toEqual([
        WORKLOADS.taggerRole,
        DATA.reader,
        DATA.customers,
      ]);
      const backwards = await up().api.queryPaths({ to: resource.id });
      expect(backwards.answers.map(({ from }) => from.display_name)).toContain(WORKLOADS.tagger);
    });

    it('foretells what other decisions would change, and writes nothing', async () => {
      const before = await up().api.listStitchRuns(1);
      const preview = await up().api.previewStitch({
        rules: [{ rule_id: 'aws-oidc-federation-to-entra-sp', enabled: false }],
        pairs: [],
      });
      expect(preview.failed_rules).toEqual([]);
      expect(preview.correlations.appear.count).toBe(0);
      expect(await up().api.listStitchRuns(1)).toEqual(before);
    });

    it('explains a pair that nothing joins', async () => {
      const { rules, not_tried } = await up().api.explainCorrelation(path.workload.id, path.resource.id);
      expect(rules).toEqual([]);
      expect(not_tried.length).toBeGreaterThan(5);
    });
  });
