import { CursorTimeoutMode, type FindOptions } from 'mongodb';
import { OPERATION_TIMEOUT } from './database.ts';

/**
 * How a query that may return very many documents is asked. Sorted by `_id`: a scan that others write into must be sorted,
 * or a server may return a document twice. Each batch has the operation timeout for itself, since a whole scan may rightly
 * take minutes.
 */
export const STREAMED = {
  sort: { _id: 1 },
  batchSize: 1_000,
  timeoutMS: OPERATION_TIMEOUT,
  timeoutMode: CursorTimeoutMode.ITERATION,
} as const satisfies FindOptions;
