import type { FindOptions } from 'mongodb';

/**
 * How a query that may return very many documents is asked. Sorted by `_id`: a scan that others write into must be sorted,
 * or a server may return a document twice.
 */
export const STREAMED = { sort: { _id: 1 }, batchSize: 1_000 } as const satisfies FindOptions;
