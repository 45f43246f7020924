import { type ItemLine, LONGEST_ITEM } from './push-file.ts';

/** The most items of a batch: the hub has half a minute to write it. */
const MOST_ITEMS = 5_000;

/** A batch, ready to be sent. */
export interface Batch {
  readonly sequence: number;
  /** NDJSON: the header, then an item on each line. */
  readonly body: string;
  /** Where in the file each of its items is. */
  readonly places: readonly string[];
}

/**
 * Packs lines into batches that fit into a request, numbered from 0. The same lines come to the same batches each time: that
 * is what lets a push that was interrupted go on.
 */
export async function* batchesOf(lines: AsyncIterable<ItemLine>): AsyncGenerator<Batch> {
  let sequence = 0;
  let texts: string[] = [];
  let places: string[] = [];
  let bytes = 0;
  const packed = (): Batch => {
    const batch = { sequence, body: [JSON.stringify({ sequence }), ...texts].join('\n'), places };
    sequence += 1;
    texts = [];
    places = [];
    bytes = 0;
    return batch;
  };
  for await (const { text, place } of lines) {
    const more = Buffer.byteLength(text) + 1;
    if (texts.length === MOST_ITEMS || (texts.length > 0 && bytes + more > LONGEST_ITEM)) yield packed();
    texts.push(text);
    places.push(place);
    bytes += more;
  }
  if (texts.length > 0) yield packed();
}
