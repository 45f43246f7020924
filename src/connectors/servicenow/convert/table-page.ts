import * as z from 'zod';
import type { Observation } from '../../../observations/observation.ts';
import { gap } from '../../convert-each.ts';

/** A table as the Table API returned it, its pages put together; `total` is `X-Total-Count`. */
export const TablePage = z.object({ result: z.array(z.unknown()), total: z.number().optional() });
export type TablePage = z.infer<typeof TablePage>;

/** The call that read a table. */
export const tableApi = (table: string): string => `GET /api/now/table/${table}`;

/**
 * A column: a text, `{value, display_value}` where both were asked for, or `{value, link}` of a reference. A column that did
 * not come is no empty one: it does not exist, or may not be read, and the API does not say which.
 */
export const Column = z
  .union([z.string(), z.object({ value: z.string() })], 'did not come: it may not be readable')
  .transform((column) => (typeof column === 'string' ? column : column.value));

/** A column that older releases lack. */
export const OldColumn = Column.optional();

/** A column of true or false, which are texts here. */
export const Flag = Column.transform((text) => text === 'true' || text === '1');

/** The id of a record. */
export const SysId = Column.refine((text) => /^[0-9a-f]{32}$/.test(text), 'is not a sys_id');

/** A reference to a record, which may be empty: the id of it, or undefined. */
export const Reference = Column.transform((text) => (/^[0-9a-f]{32}$/.test(text) ? text : undefined));

/** A table and what its rows say. Fewer rows than the server counted: some were hidden by access controls. */
export function* tableOf(
  table: string,
  page: TablePage | undefined,
  convert: (rows: readonly unknown[]) => Iterable<Observation>,
): Generator<Observation, void, undefined> {
  if (!page) return;
  yield* convert(page.result);
  const { total = page.result.length } = page;
  if (page.result.length < total) {
    const message = `${total - page.result.length} of ${total} rows were not shown: access controls hide them`;
    yield gap('access_denied', tableApi(table), message);
  }
}
