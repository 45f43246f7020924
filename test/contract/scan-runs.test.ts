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

  it('is narrowed by instance, scope, status, trigger and time, also page by page', async () => {
    const of = (_id: string, given: Parameters<typeof aRun>[0]) => runs.create(aRun({ _id, seq: made++, ...given }));
    let made = 1;
    await of('a', { created_at: at(1), status: 'failed' });
    await of('b', { created_at: at(2), instance_id: 'instance-2', scope_id: 'scope-2', trigger: 'schedule' });
    await of('c', { created_at: at(3), status: 'failed', trigger: 'schedule' });
    await of('d', { created_at: at(4) });
    const ids = async (filter: Parameters<typeof runs.list>[3], limit = 9, after?: Parameters<typeof runs.list>[2]) =>
      (await runs.list(CALLER, limit, after, filter)).map(({ _id }) => _id);
    expect(await ids({ instance_id: 'instance-2' })).toEqual(['b']);
    expect(await ids({ scope_id: 'scope-1' })).toEqual(['d', 'c', 'a']);
    expect(await ids({ status: 'failed' })).toEqual(['c', 'a']);
    expect(await ids({ trigger: 'schedule' })).toEqual(['c', 'b']);
    expect(await ids({ since: at(2), until: at(4) })).toEqual(['c', 'b']);
    expect(await ids({ status: 'failed', trigger: 'manual', since: at(1), until: at(9) })).toEqual(['a']);
    expect(await ids({ scope_id: 'scope-1', since: at(1) }, 1, { created_at: at(4), _id: 'd' })).toEqual(['c']);
    expect(await ids({ scope_id: 'scope-1', since: at(2) }, 9, { created_at: at(3), _id: 'c' })).toEqual([]);
  });

  it('leaves out what grows with the number of cells', async () => {
    const error = {
      code: 'throttled',
      service_category: 'c',
      account_id: '1',
      count: 1,
      example: '',
      remedy: '',
    } as const;
    const said = { evidence_completeness: { a: 'failed' } as const, errors: [{ ...error, responsible: '' }] };
    await runs.create(aRun({ ...said }));
    const [listed] = await runs.list(CALLER, 1);
    expect(listed).toMatchObject({ _id: 'run-1', status: 'queued' });
    expect(Object.keys(listed ?? {})).not.toContain('errors');
    expect(Object.keys(listed ?? {})).not.toContain('evidence_completeness');
    expect(await runs.get(CALLER, 'run-1')).toMatchObject(said);
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
