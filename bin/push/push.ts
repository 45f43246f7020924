import type { RejectedItem } from '../../src/connectors/push/read-items.ts';
import type { ApiClient } from '../api-client.ts';
import { Explained, type ToldError } from '../explained.ts';
import { batchesOf } from './batches.ts';
import type { PushFile } from './push-file.ts';

/** An item that the hub did not take, and where in the file it is. */
export interface Refused extends Pick<RejectedItem, 'code' | 'reason'> {
  readonly place: string;
}

/** What came of a push. */
export interface Pushed {
  readonly run_id: string;
  readonly batches: number;
  /** Of these, the hub had them already. */
  readonly repeated: number;
  readonly accepted: { readonly nodes: number; readonly edges: number };
  readonly refused_count: number;
  /** The first hundred of each batch. */
  readonly refused: readonly Refused[];
}

/** Refused items that are kept one by one. */
const MOST_REFUSED = 10_000;

/** A push that ended before its end. What was sent is with the hub. */
export class PushStopped extends Explained {
  override readonly name = 'PushStopped';
  readonly told: ToldError;

  constructor(run_id: string, again: string, cause: Explained) {
    const remedy = `Nothing is removed before the end of a push. Go on with: ${again}`;
    super(`${cause.message}\n${remedy}`, { cause });
    this.told = { ...cause.told, remedy: [cause.told.remedy, remedy].filter(Boolean).join(' '), run_id };
  }
}

/** Sends a file into a run as batches, then says that this was all. `seen` is told of every item that was dealt with. */
export async function push(
  api: Pick<ApiClient, 'sendBatch' | 'completePush'>,
  run_id: string,
  file: PushFile,
  scan_scope: unknown,
  seen: (items: number, refused: number) => void,
): Promise<Pushed> {
  let batches = 0;
  let repeated = 0;
  let items = 0;
  let refused_count = 0;
  const accepted = { nodes: 0, edges: 0 };
  const refused: Refused[] = [];
  for await (const { body, places } of batchesOf(file.lines())) {
    const answer = await api.sendBatch(run_id, body);
    batches += 1;
    if (answer.repeated) repeated += 1;
    accepted.nodes += answer.accepted.nodes;
    accepted.edges += answer.accepted.edges;
    refused_count += answer.rejected_count;
    for (const { index, code, reason } of answer.rejected.slice(0, MOST_REFUSED - refused.length)) {
      refused.push({ place: places[index] ?? `item ${index} of batch ${batches - 1}`, code, reason });
    }
    items += places.length;
    seen(items, refused_count);
  }
  await api.completePush(run_id, { batches, ...(scan_scope !== undefined && { scanScope: scan_scope }) });
  return { run_id, batches, repeated, accepted, refused_count, refused };
}
