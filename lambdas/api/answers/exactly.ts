import * as z from 'zod';
import type { Json } from '../../../src/kernel/canonical.ts';
import type { List } from '../paging.ts';

/** Whether two types are the same type, and not only assignable to one another: an optional member more makes a difference. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** A type without its `readonly`, as zod has it. What JSON can hold at all is left as it is: it has no end. */
type Plain<T> = Json extends T ? T : T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T;

/**
 * Ties the schema of an answer to the type of what is answered: `exactly<Cell>()(z.strictObject({ ... }))`. Does not compile
 * where either has a field that the other lacks, or has it otherwise: no field of a document becomes public unseen.
 */
export const exactly =
  <T>() =>
  <S extends z.ZodType>(
    schema: Same<Plain<T>, Plain<z.output<S>>> extends true ? S : { readonly differs: Differing<T, z.output<S>> },
  ): z.ZodType<T> =>
    // That both are the same but for `readonly` was checked in the line above, which the compiler cannot use here.
    schema as unknown as z.ZodType<T>;

/** The fields that differ, for the compiler's message. */
type Differing<A, B> = {
  [K in keyof A | keyof B]: K extends keyof A & keyof B
    ? Same<Plain<Pick<A, K>>, Plain<Pick<B, K>>> extends true
      ? never
      : K
    : K;
}[keyof A | keyof B];

/** One page of a list. */
export const listOf = <T>(item: z.ZodType<T>): z.ZodType<List<T>> =>
  z.strictObject({
    items: z.array(item).describe('In the order of the list'),
    next_cursor: z.string().exactOptional().describe('The `cursor` of the next page; without it this is the last'),
  });

/** A moment as the hub writes it. */
export const Time = z.iso.datetime({ precision: 3 }).describe('In UTC, with milliseconds');

/** Any JSON value. */
export const AnyJson: z.ZodType<Json> = z
  .union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string(),
    z.array(z.lazy(() => AnyJson)),
    z.record(
      z.string(),
      z.lazy(() => AnyJson),
    ),
  ])
  .meta({ id: 'Json' });
