import type { Collection, Filter } from 'mongodb';
import type { Cell } from '../runs/cell.ts';

/** What the cells of a run have come to so far: counted when it is asked for, never written. */
export interface CellsProgress {
  readonly by_status: Readonly<Record<string, number>>;
  readonly api_calls: number;
  readonly observed: number;
  /** How often each kind of failure was met. */
  readonly errors_by_code: Readonly<Record<string, number>>;
}

interface StatusRow {
  readonly _id: string;
  readonly count: number;
  readonly calls: number;
  readonly calling: number;
  readonly observed: number;
  readonly observing: number;
}

/** Sums over the cells that a filter lets through. */
export async function cellsProgress(collection: Collection<Cell>, $match: Filter<Cell>): Promise<CellsProgress> {
  const [rows, errors] = await Promise.all([
    collection
      .aggregate<StatusRow>([
        { $match },
        {
          $group: {
            _id: '$status',
            count: { $sum: 1 },
            calls: { $sum: '$api_calls' },
            calling: { $sum: '$under_way.api_calls' },
            observed: { $sum: '$observed' },
            observing: { $sum: '$under_way.observed' },
          },
        },
      ])
      .toArray(),
    collection
      .aggregate<{ _id: string; count: number }>([
        { $match: { ...$match, 'errors.code': { $exists: true } } },
        { $unwind: '$errors' },
        { $group: { _id: '$errors.code', count: { $sum: '$errors.count' } } },
        { $sort: { _id: 1 } },
      ])
      .toArray(),
  ]);
  return {
    by_status: Object.fromEntries(rows.map((row) => [row._id, row.count])),
    api_calls: rows.reduce((total, { calls, calling }) => total + calls + calling, 0),
    observed: rows.reduce((total, { observed, observing }) => total + observed + observing, 0),
    errors_by_code: Object.fromEntries(errors.map((row) => [row._id, row.count])),
  };
}
