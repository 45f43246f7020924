import type { Document } from 'mongodb';
import { canonicalJson } from '../../src/kernel/canonical.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import { RUN_FINISHED } from '../../src/runs/run.ts';
import { comparable } from '../inventory/comparable.ts';
import type { FaultHub } from './hub.ts';

const all = (hub: Pick<FaultHub, 'db'>, name: string): Promise<Document[]> =>
  hub.db.collection(name).find().sort({ _id: 1 }).toArray();

/** What is believed, by collection and id, without what tells how it came to be. */
export type Beliefs = ReadonlyMap<string, string>;

export async function beliefsOf(hub: Pick<FaultHub, 'db'>): Promise<Beliefs> {
  const beliefs = new Map<string, string>();
  for (const name of ['entities', 'edges', 'policy_documents']) {
    for (const [id, belief] of Object.entries(comparable(stored(await all(hub, name))))) {
      beliefs.set(`${name}/${id}`, canonicalJson(belief));
    }
  }
  return beliefs;
}

/** Where what is believed is not what should be: a line for each document. */
export const differences = (are: Beliefs, should: Beliefs): readonly string[] =>
  [...new Set([...should.keys(), ...are.keys()])]
    .filter((id) => are.get(id) !== should.get(id))
    .map((id) => `${id}: is ${shortly(are.get(id))}, should be ${shortly(should.get(id))}`);

const shortly = (belief: string | undefined): string =>
  belief?.match(/"display_name":"[^"]*"/)?.[0] ?? belief?.slice(0, 60) ?? 'missing';

const stored = (documents: readonly Document[] = []) =>
  documents.map(({ _id, ...rest }) => ({ ...rest, _id: String(_id) }));

/** Names of the roles that are believed to be there, of those that these tests make. */
export async function rolesOf(hub: FaultHub): Promise<readonly string[]> {
  const query = { entity_type: 'aws_iam_role', display_name: /^fault-/, retired_at: { $exists: false } };
  const roles = await hub.db.collection('entities').find(query).sort({ display_name: 1 }).toArray();
  return roles.map(({ display_name }) => String(display_name));
}

export async function runOf(hub: FaultHub, run_id: string): Promise<ScanRun> {
  const run = await hub.db.collection<ScanRun>('scan_runs').findOne({ _id: run_id });
  if (!run) throw new Error(`run ${run_id} is gone`);
  return run;
}

export const cellsOf = (hub: FaultHub, run_id: string): Promise<Cell[]> =>
  hub.db.collection<Cell>('cells').find({ run_id }).sort({ _id: 1 }).toArray();

/** What was left lying about: of a run that is over, nothing may be. */
export async function leftovers(hub: FaultHub, run_id: string) {
  const [manifests, unsettled, cells, run] = await Promise.all([
    hub.db.collection('cell_manifests').countDocuments({ cell_id: new RegExp(`^${run_id}/`) }),
    hub.db.collection('unsettled_ends').countDocuments(),
    cellsOf(hub, run_id),
    runOf(hub, run_id),
  ]);
  return {
    manifests,
    unsettled,
    outbox: run.outbox.length,
    held: cells.filter(({ owner, lease_until }) => owner !== undefined || lease_until !== undefined).length,
  };
}

export const NOTHING_LEFT = { manifests: 0, unsettled: 0, outbox: 0, held: 0 };

/** What a run says of itself, and what was said of it: what must be the same whatever went wrong on the way. */
export async function accountOf(hub: FaultHub, run_id: string) {
  const run = await runOf(hub, run_id);
  const { added = 0, changed = 0, unchanged = 0, cells, cells_by_status, observed } = run.totals ?? {};
  const audit = await hub.db.collection('audit_events').find({ target: run_id }).toArray();
  const signals = (await hub.signals()).filter(
    (signal) => signal['detail-type'] === RUN_FINISHED && signal.detail.run_id === run_id,
  );
  return {
    status: run.status,
    evidence: run.evidence_completeness,
    errors: run.errors,
    // What a killed worker wrote is found there by the next one: it counts as unchanged then.
    totals: { cells, cells_by_status, observed, looked_at: added + changed + unchanged },
    audit: audit.map(({ action }) => String(action)).toSorted(),
    finish_events: new Set(signals.map(({ detail }) => detail.signal_id)).size,
    wrote: signals[0]?.detail.wrote,
    /** The same event may be carried twice where its sender died before it could note that it was sent. */
    times_carried: signals.length,
  };
}
