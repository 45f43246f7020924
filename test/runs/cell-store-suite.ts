import { beforeEach, describe, expect, it } from 'vitest';
import { FenceLost } from '../../src/inventory/context.ts';
import { NO_CHANGES } from '../../src/inventory/counts.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { CellProgress } from '../../src/runs/cell-progress.ts';
import { aCell, at, ONE, TENANCY, THREE, TWO } from './builders.ts';
import type { CellsUnderTest } from './memory-runs.ts';

const PROGRESS: CellProgress = {
  coverage: [{ collector: 'iam.users', region: 'global', status: 'complete' }],
  counts: { ...NO_CHANGES, added: 3 },
  wrote: true,
  observed: 3,
  errors: [],
  api_calls: 7,
};

const claim = (owner: string, seconds = 0) => ({ owner, now: at(seconds), lease_until: at(seconds + 60) });

/** What the store of cells promises, whatever it is stored in. */
export function cellStoreSuite(make: () => Promise<CellsUnderTest>): void {
  let cells: CellsUnderTest;
  beforeEach(async () => {
    cells = await make();
  });

  const added = async (...given: readonly Cell[]) => {
    await cells.addMissing(given);
    return given;
  };
  const ofRun = async (whose: typeof TENANCY) => {
    const found: Cell[] = [];
    for await (const cell of cells.ofRun(whose, 'run-1')) found.push(cell);
    return found;
  };
  const get = (cell: Cell) => cells.get(TENANCY, cell._id);
  const taken = async (cell: Cell, owner = 'one', seconds = 0): Promise<Cell> => {
    const held = await cells.take(cell, claim(owner, seconds));
    if (!held) throw new Error('the cell was free');
    return held;
  };
  const unsent = async (): Promise<readonly (readonly string[])[]> => {
    const groups: string[][] = [];
    for await (const group of cells.unsent(TENANCY, 'run-1')) groups.push(group.map(({ account_id }) => account_id));
    return groups;
  };

  describe('writing cells', () => {
    it('leaves those that are there as they are', async () => {
      const [cell] = await added(aCell());
      if (cell) await taken(cell);
      await added(aCell(), aCell({ account_id: TWO }));
      expect(await get(aCell())).toMatchObject({ status: 'running', attempt: 1 });
      expect(await get(aCell({ account_id: TWO }))).toEqual(aCell({ account_id: TWO }));
      await cells.addMissing([]);
    });

    it('at the same time as others leaves one of each', async () => {
      const planned = [aCell(), aCell({ account_id: TWO }), aCell({ account_id: THREE })];
      await Promise.all(Array.from({ length: 5 }, () => cells.addMissing(planned)));
      expect(await ofRun(TENANCY)).toEqual(planned);
    });

    it('shows them to their tenant and workspace only', async () => {
      await added(aCell());
      const others = [
        { ...TENANCY, tenant_id: 'acme' },
        { ...TENANCY, workspace_id: 'payments' },
      ];
      for (const other of others) {
        expect(await cells.get(other, aCell()._id)).toBeUndefined();
        expect(await ofRun(other)).toEqual([]);
        expect(await cells.hasOpen(other, 'run-1')).toBe(false);
        expect(await cells.take({ ...aCell(), ...other }, claim('one'))).toBeUndefined();
        expect(await cells.reopenStale(other, 'run-1', at(999), at(999))).toBe(0);
      }
    });
  });

  describe('sending', () => {
    it('finds cells that wait and were never sent, ten at a time', async () => {
      const ids = Array.from({ length: 11 }, (_, index) => String(index).padStart(12, '0'));
      await added(...ids.map((account_id) => aCell({ account_id })));
      await added(aCell({ account_id: ONE, status: 'succeeded' }), aCell({ run_id: 'run-2' }));
      expect(await unsent()).toEqual([ids.slice(0, 10), ids.slice(10)]);
      await cells.markSent(TENANCY, [aCell({ account_id: ids[3] ?? '' })._id], at(1));
      expect((await unsent()).flat()).toEqual(ids.filter((_, index) => index !== 3));
    });

    it('is not noted on a cell that a worker has taken up already', async () => {
      await added(aCell());
      await taken(aCell());
      await cells.markSent(TENANCY, [aCell()._id], at(1));
      expect(await get(aCell())).not.toHaveProperty('sent_at');
    });
  });

  describe('taking a cell', () => {
    it('succeeds for one of ten workers at once', async () => {
      await added(aCell());
      const owners = Array.from({ length: 10 }, (_, index) => `worker-${index}`);
      const held = (await Promise.all(owners.map((owner) => cells.take(aCell(), claim(owner))))).filter((it) => it);
      expect(held).toEqual([await get(aCell())]);
      expect(held[0]).toMatchObject({ status: 'running', attempt: 1, started_at: at(0), lease_until: at(60) });
    });

    it('succeeds for another when the lease is over, and counts the attempt', async () => {
      await added(aCell());
      await taken(aCell());
      expect(await cells.take(aCell(), claim('two', 60))).toBeUndefined();
      expect(await taken(aCell(), 'two', 61)).toMatchObject({ owner: 'two', attempt: 2 });
    });

    it('fails for an older part, and where the cell is over', async () => {
      await added(aCell({ part: 1 }), aCell({ account_id: TWO, status: 'failed' }));
      expect(await cells.take(aCell({ part: 0 }), claim('one'))).toBeUndefined();
      expect(await cells.take(aCell({ account_id: TWO }), claim('one'))).toBeUndefined();
    });
  });

  describe('holding a cell', () => {
    it('lasts as long as its owner renews it', async () => {
      await added(aCell());
      const held = await taken(aCell());
      expect(await cells.renew(held, at(100))).toBe(true);
      expect(await cells.take(aCell(), claim('two', 99))).toBeUndefined();
      await taken(aCell(), 'two', 101);
      expect(await cells.renew(held, at(999))).toBe(false);
      expect(await get(aCell())).toMatchObject({ owner: 'two', lease_until: at(161) });
    });

    it('is over for somebody who was replaced: neither a part nor the cell is theirs to end', async () => {
      await added(aCell());
      const held = await taken(aCell());
      await taken(aCell(), 'two', 61);
      const before = await get(aCell());
      await expect(cells.nextPart(held, PROGRESS, { task: 1 })).rejects.toThrow('no longer held by one');
      await expect(cells.finish(held, PROGRESS, 'succeeded', at(9))).rejects.toThrow('no longer held by one');
      expect(await get(aCell())).toEqual(before);
    });
  });

  describe('ending', () => {
    it('a part keeps what it brought and waits for a message of its own', async () => {
      await added(aCell({ cursor: { task: 0, token: 'old', flaw: { status: 'denied' } } }));
      await cells.markSent(TENANCY, [aCell()._id], at(0));
      const waiting = await cells.nextPart(await taken(aCell()), PROGRESS, { task: 1 });
      expect(waiting).toEqual({
        ...aCell(),
        ...PROGRESS,
        part: 1,
        send_no: 1,
        cursor: { task: 1 },
        started_at: at(0),
      });
      expect(await get(aCell())).toEqual(waiting);
      expect(await unsent()).toEqual([[ONE]]);
    });

    it('a cell keeps what it brought, and frees it of owner and cursor', async () => {
      await added(aCell({ cursor: { task: 1 } }));
      await cells.finish(await taken(aCell()), PROGRESS, 'partial', at(9));
      const over = { status: 'partial', attempt: 1, started_at: at(0), finished_at: at(9) };
      expect(await get(aCell())).toEqual({ ...aCell(), ...PROGRESS, ...over });
    });

    it('shows in the run: it has open cells while any waits or runs', async () => {
      await added(aCell(), aCell({ account_id: TWO }), aCell({ account_id: THREE, status: 'superseded' }));
      const held = await taken(aCell());
      expect(await cells.hasOpen(TENANCY, 'run-1')).toBe(true);
      expect(await cells.hasOpen(TENANCY, 'run-1', 'aws_s3')).toBe(false);
      await cells.finish(held, PROGRESS, 'succeeded', at(9));
      expect(await cells.hasOpen(TENANCY, 'run-1', 'aws_iam')).toBe(true);
      const last = await taken(aCell({ account_id: TWO }));
      await cells.finish(last, PROGRESS, 'failed', at(9));
      expect(await cells.hasOpen(TENANCY, 'run-1')).toBe(false);
    });
  });

  describe('a further message', () => {
    it('is counted of the cells that wait and count as not sent, so that no two have one number', async () => {
      const given = [
        aCell(),
        aCell({ account_id: TWO, sent_at: at(0) }),
        aCell({ account_id: THREE, status: 'failed' }),
      ];
      await added(...given);
      expect(await cells.countSend(given)).toEqual([aCell({ send_no: 1 })]);
      expect(await cells.countSend(given)).toEqual([aCell({ send_no: 2 })]);
      expect(await cells.countSend([])).toEqual([]);
    });
  });

  describe('what a part has come to so far', () => {
    it('is noted with a beat of the lease, and is gone when the part has ended', async () => {
      await added(aCell({ api_calls: 3 }));
      const held = await taken(aCell({ api_calls: 3 }));
      await cells.renew(held, at(100), { api_calls: 7, observed: 9 });
      expect(await get(aCell())).toMatchObject({ api_calls: 3, under_way: { api_calls: 7, observed: 9 } });
      expect(await cells.callsOfRun(TENANCY, 'run-1')).toBe(10);
      expect(await cells.nextPart(held, PROGRESS, { task: 1 })).not.toHaveProperty('under_way');
      expect(await cells.callsOfRun(TENANCY, 'run-2')).toBe(0);
    });

    it('counts for the calls, where its worker died over it', async () => {
      await added(aCell({ api_calls: 3 }));
      await cells.renew(await taken(aCell({ api_calls: 3 })), at(60), { api_calls: 7, observed: 9 });
      const left = await get(aCell());
      const again = left && (await cells.take(left, claim('two', 61)));
      expect(again).toMatchObject({ api_calls: 10, observed: 0 });
      expect(again).not.toHaveProperty('under_way');
    });
  });

  describe('cancelling the open cells of a run', () => {
    const over = { status: 'cancelled', finished_at: at(9) } as const;

    it('leaves those that are over, and those of other runs', async () => {
      const others = [aCell({ account_id: TWO, status: 'failed' }), aCell({ run_id: 'run-2' })];
      await added(aCell({ cursor: { task: 1 }, part: 1 }), ...others);
      expect(await cells.cancelOpen(TENANCY, 'run-1', at(9))).toBe(1);
      expect(await cells.cancelOpen(TENANCY, 'run-1', at(10))).toBe(0);
      expect(await get(aCell())).toEqual(aCell({ ...over, part: 1 }));
      for (const other of others) expect(await get(other)).toEqual(other);
      expect(await cells.cancelOpen({ ...TENANCY, tenant_id: 'acme' }, 'run-2', at(9))).toBe(0);
    });

    it('takes it that a cell whose worker began has written, and knows the worker until it has stopped', async () => {
      await added(aCell());
      const held = await taken(aCell());
      await cells.cancelOpen(TENANCY, 'run-1', at(9));
      expect(await get(aCell())).toMatchObject({ ...over, wrote: true, owner: 'one', lease_until: at(60) });
      expect(await cells.renew(held, at(100))).toBe(false);
      await expect(cells.finish(held, PROGRESS, 'succeeded', at(9))).rejects.toBeInstanceOf(FenceLost);
      expect(await cells.take(held, claim('two', 99))).toBeUndefined();
      expect(await cells.abandoned(at(60), 10)).toEqual([]);
      expect((await cells.abandoned(at(61), 10)).map(({ _id }) => _id)).toEqual([aCell()._id]);
      await cells.leave({ ...held, owner: 'somebody else' });
      expect(await cells.abandoned(at(61), 10)).toHaveLength(1);
      await cells.leave(held);
      expect(await cells.abandoned(at(61), 10)).toEqual([]);
      expect(await get(aCell())).not.toHaveProperty('owner');
    });
  });

  describe('reopening', () => {
    it('is for cells whose worker is gone, and for messages that never came', async () => {
      await added(
        aCell({ account_id: ONE }),
        aCell({ account_id: TWO }),
        aCell({ account_id: THREE, status: 'failed', sent_at: at(0) }),
      );
      await taken(aCell({ account_id: ONE }));
      await cells.markSent(TENANCY, [aCell({ account_id: TWO })._id], at(0));
      expect(await cells.reopenStale(TENANCY, 'run-1', at(60), at(0))).toBe(0);
      expect(await cells.reopenStale(TENANCY, 'run-1', at(61), at(1))).toBe(2);
      expect(await unsent()).toEqual([[ONE, TWO]]);
      const attempt = { attempt: 1, started_at: at(0) };
      expect(await get(aCell())).toEqual({ ...aCell(), ...attempt });
      expect(await get(aCell({ account_id: TWO }))).toEqual(aCell({ account_id: TWO }));
    });

    it('takes the cell from a worker that is not dead but was too slow', async () => {
      await added(aCell());
      const held = await taken(aCell());
      await cells.reopenStale(TENANCY, 'run-1', at(61), at(1));
      expect(await cells.renew(held, at(120))).toBe(false);
      await expect(cells.finish(held, PROGRESS, 'succeeded', at(62))).rejects.toThrow('no longer held');
      expect(await taken(aCell(), 'two', 63)).toMatchObject({ attempt: 2 });
    });
  });
}
