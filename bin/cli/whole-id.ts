import type { ApiClient } from '../api-client.ts';
import { UsageError } from '../usage-error.ts';

/** Hex digits of an id that a table shows: enough to tell the things of a tenant apart. */
const SHORT_ID = 12;

/** Hex digits of a whole id. */
const WHOLE_ID = 64;

/** The beginning of an id, as tables show it. */
export const shortId = (id: string): string => id.slice(0, SHORT_ID);

/** Whether a text is a whole id. */
export const isWholeId = (text: string): boolean => /^[0-9a-f]+$/.test(text) && text.length === WHOLE_ID;

/** A stitch has a derived id, or a UUID where it changed nothing. */
const SHORTEST_STITCH_ID = 36;

/** Stitches among which a beginning of an id is looked for. */
const NEWEST = 200;

/** The id of a stitch that a beginning stands for, among the newest. @throws UsageError where it stands for several, or for none. */
export const stitchId = (api: ApiClient, id: string): Promise<string> =>
  id.length >= SHORTEST_STITCH_ID
    ? Promise.resolve(id)
    : wholeId(id, { one: 'stitch', several: 'stitches', see: 'stitches list' }, () => api.listStitchRuns(NEWEST));

/**
 * The id that a beginning stands for, among all that there are: `list` gives them and is not asked for a whole id.
 * @throws UsageError where it stands for several, or for none.
 */
export async function wholeId(
  id: string,
  what: { readonly one: string; readonly several: string; readonly see: string },
  list: () => Promise<readonly { readonly _id: string }[]>,
): Promise<string> {
  if (id.length >= WHOLE_ID) return id;
  const fitting = (await list()).filter(({ _id }) => _id.startsWith(id));
  const [one] = fitting;
  if (one && fitting.length === 1) return one._id;
  const found = fitting.length === 0 ? `no ${what.one} has` : `${fitting.length} ${what.several} have`;
  throw new UsageError(`${found} an id that begins with "${id}". See: ${what.see}`);
}
