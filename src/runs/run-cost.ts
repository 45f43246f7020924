import { SECOND } from '../kernel/time.ts';
import type { Cell, Worked } from './cell.ts';
import { BEAT } from './lease.ts';

/**
 * List prices in USD, on demand, of the regions that cost least (us-east-1 among them). As of 2026; other regions cost up to
 * about a third more.
 * https://aws.amazon.com/lambda/pricing/ (arm64, first tier)
 * https://aws.amazon.com/sqs/pricing/ (FIFO, after the free million)
 */
export const LIST_PRICES = {
  lambda_gb_second: 0.0000133334,
  lambda_request: 0.2 / 1_000_000,
  sqs_fifo_request: 0.5 / 1_000_000,
} as const;

/** Requests to the queue for one message that is worked on: sent, received, hidden for a lease, deleted. */
const REQUESTS_PER_MESSAGE = 4;

/** A beat of the lease hides the message once more: `lease.ts`. */
const BEAT_SECONDS = BEAT / SECOND;

/** What was counted of cells. */
export interface CellWork extends Worked {
  readonly messages: number;
}

/**
 * What the cells of a run cost to run, in USD with six decimals, at list prices: memory x time and invocations of the
 * collector, and the requests to its queue. Calls to the source are free with AWS and cost nothing here. Left out: planning,
 * stitching, the API and the tick (a constant cost of the hub), MongoDB, logs, Secrets Manager, data transfer, and the time
 * of workers that died (it is paid, and nobody was left to count it).
 */
export function estimatedCost({ messages, gb_seconds, seconds }: CellWork): number {
  const beats = Math.floor(seconds / BEAT_SECONDS);
  const usd =
    gb_seconds * LIST_PRICES.lambda_gb_second +
    messages * LIST_PRICES.lambda_request +
    (messages * REQUESTS_PER_MESSAGE + beats) * LIST_PRICES.sqs_fifo_request;
  return Math.round(usd * 1_000_000) / 1_000_000;
}

/** Messages that were sent for a cell: one for each number, of those that were sent at all. */
export const messagesOf = (cell: Pick<Cell, 'attempt' | 'part' | 'send_no'>): number =>
  cell.attempt + cell.part === 0 ? 0 : cell.send_no + 1;
