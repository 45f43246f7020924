import { openDatabase } from '../../bin/scan/database.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { ENTITIES } from '../../src/store/entities.ts';
import { withDatabase } from '../local/mongo.ts';
import { cellElsewhere, type Needed } from './giant-elsewhere.ts';
import type { GiantEstate } from './giant-estate.ts';
import { type MeasuredScan, measuredScan } from './measured-scan.ts';
import type { ScanStage } from './scan-stage.ts';

/** The same accounts scanned without the giant and with it, into equal databases. */
export interface GiantScan {
  /** Seconds from the first cell's begin to the end of the account's. */
  readonly small: readonly { readonly account_id: AccountId; readonly alone: number; readonly beside: number }[];
  readonly giant: Needed & { readonly observed: number };
  /** Documents written to the inventory, by both scans. */
  readonly written: number;
}

export interface GiantScans {
  readonly first: GiantScan;
  readonly second: GiantScan;
  /** Roles of the giant in the database. */
  readonly roles: number;
}

/** The collector's process. */
export interface Collector {
  /** The file of `bundledWorker`. */
  readonly worker: string;
  readonly memory_mb?: number | undefined;
}

/** Observations of a part: what a hub has where nobody says otherwise. */
const PART_SIZE = 50_000;
/** Cells at once: all of them, as in a hub. */
const AT_ONCE = 50;

/** Scans what is new, then what is known. */
export async function giantScans(stage: ScanStage, estate: GiantEstate, collector: Collector): Promise<GiantScans> {
  const { giant, small } = estate;
  // What this process does for the first time takes longer.
  await scanned(stage, 'warm', small);
  const alone = await scanned(stage, 'alone', small);
  const first = compared(estate, alone, await scanned(stage, 'beside', [...small, giant], { ...collector, giant }));
  const known = await scanned(stage, 'beside', small);
  const second = compared(estate, known, await scanned(stage, 'beside', [...small, giant], { ...collector, giant }));
  return { first, second, roles: await rolesOf(stage, giant) };
}

/** A scan, with what the collector of the giant needed. */
interface Scanned extends MeasuredScan {
  readonly needed?: Needed | undefined;
}

async function scanned(
  stage: ScanStage,
  database_name: string,
  account_ids: readonly AccountId[],
  elsewhere?: Collector & Pick<GiantEstate, 'giant'>,
): Promise<Scanned> {
  const uri = withDatabase(stage.proxy.uri, database_name);
  const { db, close } = await openDatabase({ MONGODB_URI: uri });
  let needed: Needed | undefined;
  try {
    const scan = await measuredScan(stage, db, {
      account_ids,
      service_categories: ['aws_iam'],
      at_once: AT_ONCE,
      around_cells:
        elsewhere &&
        cellElsewhere(stage, elsewhere.giant, { ...elsewhere, uri, part_size: PART_SIZE }, (said) => {
          needed = said;
        }),
    });
    const { run, given_up } = scan.finished;
    if (run.status !== 'succeeded' || given_up.length > 0) {
      throw new Error(`run ${run.status}: ${JSON.stringify([...run.errors, ...given_up])}`);
    }
    return { ...scan, needed };
  } finally {
    await close();
  }
}

function compared({ giant, small }: GiantEstate, alone: Scanned, beside: Scanned): GiantScan {
  const observed = beside.finished.cells.find(({ account_id }) => account_id === giant)?.observed ?? 0;
  if (!beside.needed) throw new Error('nobody has looked at the giant');
  const [without, with_it] = [ends(alone.finished.cells), ends(beside.finished.cells)];
  return {
    small: small.map((account_id) => ({
      account_id,
      alone: without.get(account_id) ?? Number.NaN,
      beside: with_it.get(account_id) ?? Number.NaN,
    })),
    giant: { ...beside.needed, observed },
    written: alone.written + beside.written,
  };
}

/** Seconds from the begin of the first cell of IAM to the end of each account's. */
function ends(cells: readonly Cell[]): ReadonlyMap<AccountId, number> {
  const looked = cells.filter(({ category }) => category === 'aws_iam');
  const began = Math.min(...looked.map(({ started_at = '' }) => Date.parse(started_at)));
  return new Map(
    looked.map(({ account_id, finished_at = '' }) => [account_id, (Date.parse(finished_at) - began) / 1_000]),
  );
}

async function rolesOf(stage: ScanStage, giant: AccountId): Promise<number> {
  const { db, close } = await openDatabase({ MONGODB_URI: withDatabase(stage.proxy.uri, 'beside') });
  try {
    const prefix = new RegExp(`^arn:aws:iam::${giant}:role/app-`);
    const live = { retired_at: { $exists: false }, 'claims.0': { $exists: true } };
    return await db
      .collection(ENTITIES.name)
      .countDocuments({ entity_type: 'aws_iam_role', source_record_id: prefix, ...live });
  } finally {
    await close();
  }
}
