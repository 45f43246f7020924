import { beforeEach, describe, expect, it } from 'vitest';
import { type CellStore, cellStore } from '../../src/store/cells.ts';
import { aCell, at, ONE, TENANCY, TENANT, THREE, TWO, WORKSPACE } from '../runs/builders.ts';
import { cellStoreSuite } from '../runs/cell-store-suite.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let cells: CellStore;
beforeEach(() => {
  cells = cellStore(db());
});

describe('cells on a server', () => cellStoreSuite(async () => cells));

const CALLER = { tenant_id: TENANT, workspace_ids: [WORKSPACE] };
const HELD = { code: 'removal_held', message: 'held', remedy: 'release', responsible: 'operator', count: 1 } as const;

describe('reading the cells of a run', () => {
  beforeEach(() =>
    cells.addMissing([
      aCell({ account_id: TWO, status: 'failed' }),
      aCell({ account_id: ONE }),
      aCell({ account_id: THREE }),
      aCell({ run_id: 'run-2' }),
    ]),
  );

  it('gives pages in the order of their keys, each cell once', async () => {
    const first = await cells.page(CALLER, 'run-1', 2);
    const second = await cells.page(CALLER, 'run-1', 2, first.at(-1)?._id);
    expect([...first, ...second].map(({ account_id }) => account_id)).toEqual([ONE, TWO, THREE]);
  });

  it('counts them by status', async () => {
    expect(await cells.countByStatus(CALLER, 'run-1')).toEqual({ waiting: 2, failed: 1 });
    expect(await cells.countByStatus(CALLER, 'run-9')).toEqual({});
  });

  it.each([
    { tenant_id: 'acme', workspace_ids: [WORKSPACE] },
    { tenant_id: TENANT, workspace_ids: ['payments'] },
    { tenant_id: TENANT, workspace_ids: [] },
  ])('gives %j nothing', async (whose) => {
    expect(await cells.page(whose, 'run-1', 10)).toEqual([]);
    expect(await cells.countByStatus(whose, 'run-1')).toEqual({});
  });
});

describe('releasing a removal', () => {
  beforeEach(() =>
    cells.addMissing([aCell({ status: 'partial', errors: [HELD] }), aCell({ account_id: TWO, status: 'partial' })]),
  );

  it('is noted once, by whom and when, and every word counts a further message until it is done', async () => {
    const asked = await Promise.all(
      Array.from({ length: 5 }, (_, index) => cells.requestRelease(CALLER, aCell()._id, `person-${index}`, at(index))),
    );
    const noted = await cells.get(TENANCY, aCell()._id);
    expect(noted).toMatchObject({ send_no: 5, release: { requested_by: expect.stringMatching(/^person-/) } });
    expect(asked.map((cell) => cell?.release)).toEqual(Array.from({ length: 5 }, () => noted?.release));
    await cells.markReleased(aCell(), 1, at(9));
    expect(await cells.requestRelease(CALLER, aCell()._id, 'ada', at(10))).toBeUndefined();
  });

  it('is for cells that hold one back, of the caller’s tenant and workspaces', async () => {
    expect(await cells.requestRelease(CALLER, aCell({ account_id: TWO })._id, 'ada', at(0))).toBeUndefined();
    for (const whose of [
      { tenant_id: 'acme', workspace_ids: [WORKSPACE] },
      { tenant_id: TENANT, workspace_ids: ['payments'] },
    ]) {
      expect(await cells.requestRelease(whose, aCell()._id, 'ada', at(0))).toBeUndefined();
    }
  });

  it('is marked as done', async () => {
    await cells.requestRelease(CALLER, aCell()._id, 'ada', at(0));
    await cells.markReleased(aCell(), 22, at(9));
    expect((await cells.get(TENANCY, aCell()._id))?.release).toEqual({
      requested_by: 'ada',
      requested_at: at(0),
      done_at: at(9),
      removed: 22,
    });
  });
});
