import type { OutboxEntry } from '../../src/control/audit.ts';
import { FenceLost } from '../../src/inventory/context.ts';
import { inGroupsOf } from '../../src/kernel/streams.ts';
import { type Cell, callsOf, isTerminal, NEXT_CELL_STATUS } from '../../src/runs/cell.ts';
import { isOver, NEXT_STATUS, type ScanRun } from '../../src/runs/run.ts';
import type { CellStore } from '../../src/store/cells.ts';
import type { ScanRunStore } from '../../src/store/scan-runs.ts';
import { within } from '../../src/store/tenancy.ts';

/** Asked before every operation: may wait, to let others in between, or throw, as for somebody who was killed. */
export type Step = (operation: string) => Promise<void>;

/** Told of every change of a document. */
export type Watch<D> = (before: D | undefined, after: D) => void;

class WatchedMap<D> extends Map<string, D> {
  readonly #watch: Watch<D> | undefined;

  constructor(watch?: Watch<D>) {
    super();
    this.#watch = watch;
  }

  override set(id: string, document: D): this {
    this.#watch?.(this.get(id), document);
    return super.set(id, document);
  }
}

type Owned = { readonly tenant_id: string; readonly workspace_id: string };
type Whose = Parameters<typeof within>[0];

const isOf = (whose: Whose, document: Owned): boolean => {
  const { tenant_id, workspace_id } = within(whose);
  const workspaces = typeof workspace_id === 'string' ? [workspace_id] : workspace_id.$in;
  return document.tenant_id === tenant_id && workspaces.includes(document.workspace_id);
};

const byId = (a: { _id: string }, b: { _id: string }): number => (a._id < b._id ? -1 : 1);

const isWanted = (run: ScanRun | undefined): run is ScanRun => run !== undefined && !isOver(run.status) && !run.cancel;
const isUnplannedAt = (run: ScanRun, now: string): boolean => !run.planning || run.planning.until < now;
const unplanned = ({ planning: _planning, ...rest }: ScanRun): ScanRun => rest;

export type RunsUnderTest = Omit<ScanRunStore, 'list'>;

/** `scan_runs` in memory, with the compare-and-set of the real one: held against it by the same suite. */
export function memoryRuns(step: Step = async () => undefined, watch?: Watch<ScanRun>) {
  const documents = new WatchedMap<ScanRun>(watch);
  /** What left an outbox, in order. */
  const moved: OutboxEntry[] = [];
  const find = (whose: Whose, id: string): ScanRun | undefined => {
    const run = documents.get(id);
    return run && isOf(whose, run) ? run : undefined;
  };
  const change = (run: ScanRun | undefined, changes: Partial<ScanRun>): ScanRun | undefined => {
    if (!run) return undefined;
    const next = { ...run, ...changes };
    documents.set(run._id, next);
    return next;
  };
  const flush = async (whose: Whose, id: string) => {
    const entries = find(whose, id)?.outbox ?? [];
    for (const entry of entries) {
      await step('move on');
      moved.push(entry);
    }
    await step('empty the outbox');
    const gone = new Set(entries.map((entry) => entry.id));
    const run = find(whose, id);
    change(run, { outbox: run?.outbox.filter((entry) => !gone.has(entry.id)) ?? [] });
  };

  const runs: RunsUnderTest = {
    async create(run) {
      await step('create run');
      if (documents.has(run._id)) throw new Error(`duplicate key ${run._id}`);
      documents.set(run._id, run);
      await flush(run, run._id);
    },
    async createOnce(run) {
      await step('create run once');
      if (documents.has(run._id)) return false;
      documents.set(run._id, run);
      await flush(run, run._id);
      return true;
    },
    async get(whose, id) {
      await step('get run');
      return find(whose, id);
    },
    async begin(tenant, id, started_at) {
      await step('begin run');
      const run = find(tenant, id);
      if (run && NEXT_STATUS[run.status].includes('running')) change(run, { status: 'running', started_at });
    },
    async markPlanned(tenant, id, planned_at) {
      await step('mark planned');
      const run = find(tenant, id);
      if (isWanted(run) && !run.planned_at) change(run, { planned_at });
    },
    async takePlanning(tenant, id, planning, now) {
      await step('take planning');
      const run = find(tenant, id);
      return isWanted(run) && isUnplannedAt(run, now) ? change(run, { planning }) : undefined;
    },
    async keepPlanning(tenant, id, planning) {
      await step('keep planning');
      const run = find(tenant, id);
      if (!isWanted(run) || run.planning?.owner !== planning.owner) return false;
      change(run, { planning });
      return true;
    },
    async leavePlanning(tenant, id, owner) {
      await step('leave planning');
      const run = find(tenant, id);
      if (run?.planning?.owner === owner) documents.set(id, unplanned(run));
    },
    async requestCancel(tenant, id, cancel, outbox) {
      await step('request cancel');
      const run = find(tenant, id);
      if (!run || isOver(run.status)) return undefined;
      return run.cancel ? run : change(run, { cancel, outbox: [...run.outbox, ...outbox] });
    },
    async countPlanSend(tenant, id) {
      await step('count plan message');
      const run = find(tenant, id);
      return change(run, { plan_send_no: (run?.plan_send_no ?? 0) + 1 });
    },
    async finishOnce(tenant, id, { outbox, ...fields }) {
      await step('finish run');
      const run = find(tenant, id);
      if (!run || !NEXT_STATUS[run.status].includes(fields.status)) return false;
      const cancelled = fields.status === 'cancelled';
      if (cancelled ? !run.cancel || !isUnplannedAt(run, fields.finished_at) : run.cancel || !run.planned_at)
        return false;
      change(unplanned(run), { ...fields, outbox: [...run.outbox, ...outbox] });
      return true;
    },
    async follow(tenant, id, outbox) {
      await step('follow');
      const run = find(tenant, id);
      change(run, { outbox: [...(run?.outbox ?? []), ...outbox] });
      await flush(tenant, id);
    },
    flushOutbox: flush,
    async withOutbox(limit) {
      await step('find outboxes');
      return [...documents.values()]
        .filter(({ outbox }) => outbox.length > 0)
        .toSorted(byId)
        .slice(0, limit);
    },
    async openSince(before, limit) {
      await step('find open runs');
      return [...documents.values()]
        .filter((run) => !isOver(run.status) && run.created_at < before)
        .filter((run) => run.trigger !== 'push' || run.planned_at !== undefined || run.cancel !== undefined)
        .toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1))
        .slice(0, limit);
    },
    async openOfInstance(tenant, instance_id) {
      await step('find open runs of an instance');
      return [...documents.values()].filter(
        (run) => isOf(tenant, run) && run.instance_id === instance_id && !isOver(run.status),
      );
    },
    async wasPushedSince(tenant, instance_id, since) {
      await step('look for what was pushed');
      return [...documents.values()].some(
        (run) =>
          isOf(tenant, run) && run.instance_id === instance_id && run.trigger === 'push' && run.created_at >= since,
      );
    },
    async openOfScope(tenant, scope_id) {
      await step('find open run');
      return [...documents.values()].find(
        (run) => isOf(tenant, run) && run.scope_id === scope_id && !isOver(run.status),
      );
    },
  };
  return { runs, documents, moved };
}

export type CellsUnderTest = Omit<CellStore, 'page' | 'progressOf'>;

/** `cells` in memory, with the compare-and-set of the real one. */
export function memoryCells(step: Step = async () => undefined, watch?: Watch<Cell>) {
  const documents = new WatchedMap<Cell>(watch);
  const find = (whose: Whose, id: string): Cell | undefined => {
    const cell = documents.get(id);
    return cell && isOf(whose, cell) ? cell : undefined;
  };
  const mine = (held: Cell): Cell => {
    const cell = find(held, held._id);
    if (cell?.status !== 'running' || cell.owner !== held.owner) {
      throw new FenceLost(`cell ${held._id} is no longer held by ${held.owner}`);
    }
    return cell;
  };
  const put = (cell: Cell): Cell => {
    documents.set(cell._id, cell);
    return cell;
  };
  const freed = ({ owner: _owner, lease_until: _until, ...rest }: Cell): Cell => rest;
  const unsent = ({ sent_at: _sent, ...rest }: Cell): Cell => rest;
  const still = ({ under_way: _under_way, ...rest }: Cell): Cell => rest;
  const over = ({ cursor: _cursor, ...rest }: Cell): Cell => rest;
  const ofRun = (whose: Whose, run_id: string): Cell[] =>
    [...documents.values()].filter((cell) => isOf(whose, cell) && cell.run_id === run_id).toSorted(byId);

  const cells: CellsUnderTest = {
    async get(whose, id) {
      await step('get cell');
      return find(whose, id);
    },
    async addMissing(missing) {
      for (const cell of missing) {
        await step('add cell');
        if (!documents.has(cell._id)) put(cell);
      }
    },
    async *unsent(whose, run_id) {
      await step('find unsent cells');
      const waiting = ofRun(whose, run_id).filter((cell) => cell.status === 'waiting' && cell.sent_at === undefined);
      yield* inGroupsOf(10, waiting);
    },
    async markSent(whose, ids, sent_at) {
      await step('mark sent');
      for (const id of ids) {
        const cell = find(whose, id);
        if (cell?.status === 'waiting') put({ ...cell, sent_at });
      }
    },
    async take(given, { owner, now, lease_until }) {
      await step('take cell');
      const cell = find(given, given._id);
      const free = cell?.status === 'waiting' || (cell?.status === 'running' && (cell.lease_until ?? '') < now);
      if (!cell || cell.part !== given.part || !free) return undefined;
      const started_at = given.started_at ?? now;
      const taken = { started_at, attempt: cell.attempt + 1, api_calls: callsOf(given) };
      return put({ ...still(cell), ...taken, status: 'running', owner, lease_until });
    },
    async renew(held, lease_until, under_way) {
      await step('renew cell');
      const cell = find(held, held._id);
      if (cell?.status !== 'running' || cell.owner !== held.owner) return false;
      put({ ...cell, lease_until, ...(under_way && { under_way }) });
      return true;
    },
    async nextPart(held, progress, cursor) {
      await step('next part');
      const cell = unsent(still(freed(mine(held))));
      const counted = { part: held.part + 1, attempt: 0, send_no: cell.send_no + 1 };
      return put({ ...cell, ...changed(progress), ...counted, status: 'waiting', cursor });
    },
    async finish(held, progress, status, finished_at) {
      await step('finish cell');
      put({ ...over(still(freed(mine(held)))), ...changed(progress), status, finished_at });
    },
    async requestRelease(whose, id, requested_by, requested_at) {
      await step('request release');
      const cell = find(whose, id);
      if (!cell || cell.release?.done_at || !cell.errors.some(({ code }) => code === 'removal_held')) return undefined;
      return put({ ...cell, send_no: cell.send_no + 1, release: cell.release ?? { requested_by, requested_at } });
    },
    async markReleased(given, removed, done_at) {
      await step('mark released');
      const cell = find(given, given._id);
      if (cell?.release) put({ ...cell, release: { ...cell.release, done_at, removed } });
    },
    async hasOpen(whose, run_id, category) {
      await step('look for open cells');
      const open = ofRun(whose, run_id).filter((cell) => !isTerminal(cell.status));
      return open.some((cell) => category === undefined || cell.category === category);
    },
    async *ofRun(whose, run_id) {
      await step('read cells');
      yield* ofRun(whose, run_id);
    },
    async cancelOpen(whose, run_id, finished_at) {
      await step('cancel cells');
      const open = ofRun(whose, run_id).filter(({ status }) => NEXT_CELL_STATUS[status].includes('cancelled'));
      for (const cell of open) {
        put({ ...over(cell), status: 'cancelled', finished_at, ...(cell.attempt > 0 && { wrote: true }) });
      }
      return open.length;
    },
    async leave(given) {
      await step('leave cell');
      const cell = find(given, given._id);
      if (cell?.status === 'cancelled' && (!given.owner || cell.owner === given.owner)) put(freed(cell));
    },
    async abandoned(moment, limit) {
      await step('find abandoned cells');
      return [...documents.values()]
        .filter(
          ({ status, lease_until }) => status === 'cancelled' && lease_until !== undefined && lease_until < moment,
        )
        .slice(0, limit);
    },
    async callsOfRun(whose, run_id) {
      await step('count calls');
      return ofRun(whose, run_id).reduce((sum, cell) => sum + callsOf(cell), 0);
    },
    async countSend(given) {
      await step('count send');
      return given.flatMap(({ _id }) => {
        const cell = documents.get(_id);
        const counts = cell?.status === 'waiting' && cell.sent_at === undefined;
        return counts ? [put({ ...cell, send_no: cell.send_no + 1 })] : [];
      });
    },
    async reopenStale(whose, run_id, now, before) {
      await step('reopen stale cells');
      const stale = ofRun(whose, run_id).filter(
        ({ status, lease_until = '', sent_at }) =>
          (status === 'running' && lease_until < now) ||
          (status === 'waiting' && sent_at !== undefined && sent_at < before),
      );
      for (const cell of stale) put({ ...unsent(freed(cell)), status: 'waiting' });
      return stale.length;
    },
  };
  return { cells, documents };
}

const changed = ({
  coverage,
  counts,
  wrote,
  observed,
  errors,
  api_calls,
  worked,
}: Parameters<CellStore['finish']>[1]) => ({
  coverage,
  counts,
  wrote,
  observed,
  errors,
  api_calls,
  ...(worked && { worked }),
});
