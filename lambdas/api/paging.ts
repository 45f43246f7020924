import * as z from 'zod';
import { AppError } from '../../src/kernel/failures.ts';
import { isoTime } from '../../src/kernel/time.ts';

/** Query of every list: how many, and from where. */
export const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .max(2_000)
    .regex(/^[\w-]*$/, 'pass next_cursor of the page before, unchanged')
    .optional()
    .describe('`next_cursor` of the page before'),
});
export type Page = z.infer<typeof Page>;

/** A moment in a query, with an offset or `Z`; read as the hub writes moments, so that they compare as text. */
export const Moment = z.iso.datetime({ offset: true }).transform((text) => isoTime(new Date(text)));

/** One page of a list; without `next_cursor` it is the last. */
export interface List<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string;
}

/** A position names its list: one list's cursor means nothing in another. */
const encode = (list: string, position: unknown): string =>
  Buffer.from(JSON.stringify([list, position])).toString('base64url');

/** Reads the position out of an opaque cursor. Throws AppError `body_invalid` where it is none of this list's. */
export function positionOf<T>(list: string, cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    const [, position] = z.tuple([z.literal(list), z.unknown()]).parse(JSON.parse(text));
    return schema.parse(position);
  } catch (cause) {
    throw new AppError('body_invalid', 'cursor: is not one that this list gave out', {
      cause,
      details: { errors: [{ field: 'cursor', message: 'pass next_cursor of the page before, unchanged' }] },
    });
  }
}

/** A page out of `limit + 1` rows: the one too many tells that there is more. */
export function pageOf<T>(list: string, rows: readonly T[], limit: number, position: (row: T) => unknown): List<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next_cursor: encode(list, position(last)) } : { items };
}
