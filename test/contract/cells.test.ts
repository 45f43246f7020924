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

const NOTHING = { by_status: {}, api_calls: 0, observed: 0, errors_by_code: {} };

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

  it('gives pages of one status', async () => {
    const waiting = await cells.page(CALLER, 'run-1', 1, undefined, 'waiting');
    const rest = await cells.page(CALLER, 'run-1', 9, waiting.at(-1)?._id, 'waiting');
    expect([...waiting, ...rest].map(({ account_id }) => account_id)).toEqual([ONE, THREE]);
  });

  it('says how far they are: by status, with the calls and errors so far, those under way included', async () => {
    const row = { message: 'no', remedy: 'r', responsible: 'operator' };
    await cells.addMissing([
      aCell({
        category: 'aws_s3',
        status: 'partial',
        api_calls: 5,
        observed: 7,
        errors: [
          { ...row, code: 'access_denied', count: 3 },
          { ...row, code: 'throttled', count: 1 },
        ],
      }),
      aCell({ category: 'aws_kms', status: 'failed', errors: [{ ...row, code: 'access_denied', count: 2 }] }),
    ]);
    const claim = { owner: 'one', now: at(0), lease_until: at(60) };
    const held = await cells.take(aCell(), claim);
    if (held) await cells.renew(held, at(60), { api_calls: 11, observed: 13 });
    expect(await cells.progressOf(CALLER, 'run-1')).toEqual({
      by_status: { waiting: 1, running: 1, failed: 2, partial: 1 },
      api_calls: 16,
      observed: 20,
      errors_by_code: { access_denied: 5, throttled: 1 },
    });
    expect(await cells.progressOf(CALLER, 'run-9')).toEqual(NOTHING);
  });

  it.each([
    { tenant_id: 'acme', workspace_ids: [WORKSPACE] },
    { tenant_id: TENANT, workspace_ids: ['payments'] },
    { tenant_id: TENANT, workspace_ids: [] },
  ])('gives %j nothing', async (whose) => {
    expect(await cells.page(whose, 'run-1', 10)).toEqual([]);
    expect(await cells.progressOf(whose, 'run-1')).toEqual(NOTHING);
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
