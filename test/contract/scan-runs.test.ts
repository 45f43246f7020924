import { beforeEach, describe, expect, it } from 'vitest';
import { type ScanRunStore, scanRunStore } from '../../src/store/scan-runs.ts';
import { aRun, at, TENANT, WORKSPACE } from '../runs/builders.ts';
import { runStoreSuite } from '../runs/run-store-suite.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let runs: ScanRunStore;
beforeEach(() => {
  runs = scanRunStore(db(), async () => undefined);
});

describe('runs on a server', () => runStoreSuite(async () => runs));

describe('the list of runs', () => {
  const CALLER = { tenant_id: TENANT, workspace_ids: [WORKSPACE, 'payments'] };

  it('comes newest first, in pages that lose none of the same moment', async () => {
    const made = [at(0), at(2), at(2), at(1), at(2)];
    for (const [index, created_at] of made.entries()) {
      await runs.create(aRun({ _id: `run-${index}`, seq: index, created_at }));
    }
    const seen: string[] = [];
    let after: { created_at: string; _id: string } | undefined;
    for (;;) {
      const page = await runs.list(CALLER, 2, after);
      if (page.length === 0) break;
      seen.push(...page.map(({ _id }) => _id));
      after = page.at(-1);
    }
    expect(seen).toEqual(['run-4', 'run-2', 'run-1', 'run-3', 'run-0']);
  });

  it('holds the visible workspaces of one tenant', async () => {
    await runs.create(aRun({ _id: 'a', seq: 1 }));
    await runs.create(aRun({ _id: 'b', seq: 2, workspace_id: 'payments' }));
    await runs.create(aRun({ _id: 'c', seq: 3, workspace_id: 'secret' }));
    await runs.create(aRun({ _id: 'd', seq: 1, tenant_id: 'acme' }));
    expect((await runs.list(CALLER, 10)).map(({ _id }) => _id)).toEqual(['b', 'a']);
    expect(await runs.get(CALLER, 'b')).toBeDefined();
    expect(await runs.get(CALLER, 'c')).toBeUndefined();
    expect(await runs.list({ tenant_id: 'acme', workspace_ids: [] }, 10)).toEqual([]);
  });
});

describe('the number of a run', () => {
  it('is given out once in an instance, and may be the same in another', async () => {
    await runs.create(aRun({ _id: 'a', seq: 7 }));
    await expect(runs.create(aRun({ _id: 'b', seq: 7 }))).rejects.toThrow(/duplicate key/i);
    await runs.create(aRun({ _id: 'c', seq: 7, instance_id: 'instance-2' }));
    expect(await runs.get({ tenant_id: TENANT, workspace_id: WORKSPACE }, 'b')).toBeUndefined();
  });
});
