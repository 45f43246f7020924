import { describe, expect, it } from 'vitest';
import { cancelRun } from '../../src/runs/cancel-run.ts';
import { type Cell, isTerminal } from '../../src/runs/cell.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import { planMessage, RUN_FINISHED } from '../../src/runs/run.ts';
import { cellStore } from '../../src/store/cells.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { anInstance, aRun, aScope, TENANCY, TERMS } from '../runs/builders.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
const ACCOUNTS = Array.from({ length: 700 }, (_, index) => String(200_000_000_000 + index));

describe('a run that is cancelled while it is planned, on a server', () => {
  it('is over with every cell accounted for, none waiting, and told once, whenever the wish comes', async () => {
    for (let round = 0; round < 8; round += 1) {
      const run_id = `run-${round}`;
      const told: string[] = [];
      const runs = scanRunStore(db(), async ({ id, detail_type }) => {
        if (detail_type === RUN_FINISHED) told.push(id);
      });
      const cells = cellStore(db());
      const instance = anInstance({ config: { mode: 'accounts', account_ids: ACCOUNTS, regions: ['eu-west-1'] } });
      const run = aRun({ _id: run_id, seq: round + 1 });
      await runs.create(run);
      const deps = {
        runs,
        cells,
        instances: { get: async () => instance },
        scopes: { get: async () => aScope() },
        knownAccounts: async () => [],
        enabledRegions: async () => new Map(),
        default_regions: [],
        bindAccounts: async () => [],
        enqueueCells: async (batch: readonly Cell[]) => batch.map(({ _id }) => _id),
        terms: TERMS,
        newOwner: () => `planner-${round}`,
        now: () => new Date(),
      };
      const planning = planRun(deps, planMessage(run));
      await new Promise((resolve) => setTimeout(resolve, round * 18));
      const cancelled = await cancelRun(deps, run, { requested_by: 'ada', request_id: 'r' });
      expect(cancelled.cancel).toBeDefined();
      await planning;

      const over = await runs.get(TENANCY, run_id);
      expect(over?.status).toBe('cancelled');
      const statuses: string[] = [];
      for await (const cell of cells.ofRun(TENANCY, run_id)) {
        expect(isTerminal(cell.status)).toBe(true);
        statuses.push(cell.status);
      }
      expect(over?.totals?.cells).toBe(statuses.length);
      expect(new Set(told).size).toBe(1);
    }
  });
});
