import * as z from 'zod';
import type { ErrorCode } from '../kernel/failures.ts';
import type { Gap, Observation } from '../observations/observation.ts';

/** How the records of one call are understood. */
export interface Conversion<Schema extends z.ZodType> {
  /** The call that returned them, as gaps name it: `GET /servicePrincipals`. */
  readonly api: string;
  /** The named fields; whatever else a record holds is dropped where it stands. */
  readonly schema: Schema;
  readonly convert: (record: z.output<Schema>) => Iterable<Observation>;
}

/** Converts records one by one: one that makes no sense is a gap of its own, and its siblings go on. */
export function* convertEach<Schema extends z.ZodType>(
  records: readonly unknown[],
  { api, schema, convert }: Conversion<Schema>,
): Generator<Observation, void, undefined> {
  for (const [index, record] of records.entries()) {
    const read = schema.safeParse(record);
    if (read.success) yield* convert(read.data);
    else yield gap('unreadable_item', api, flawsOf(read.error), nameOf(record) ?? `record ${index}`);
  }
}

/** What could not be seen, or not understood. Without an item it concerns the whole listing. */
export const gap = (code: ErrorCode, action: string, message: string, item?: string): Gap => ({
  kind: 'gap',
  code,
  action,
  ...(item !== undefined && { item }),
  message,
});

/** The records that can be read, for those that other records name. What cannot is a gap where it is converted. */
export function readable<Schema extends z.ZodType>(
  records: readonly unknown[],
  schema: Schema,
): readonly z.output<Schema>[] {
  return records.flatMap((record) => {
    const read = schema.safeParse(record);
    return read.success ? [read.data] : [];
  });
}

/** Paths and messages only: no value of a record that was not understood goes anywhere. */
const flawsOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'record'}: ${message}`)
    .join('; ');

const Named = z.object({ id: z.string().optional(), sys_id: z.string().optional(), name: z.string().optional() });

function nameOf(record: unknown): string | undefined {
  const { data } = Named.safeParse(record);
  return data?.id ?? data?.sys_id ?? data?.name;
}
