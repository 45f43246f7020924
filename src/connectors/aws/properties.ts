import type { Json } from '../../kernel/canonical.ts';

/** The properties that are known: what is `undefined` was not seen and is left out; `null` is a known absence. */
export const known = (properties: Readonly<Record<string, Json | undefined>>): Readonly<Record<string, Json>> =>
  Object.fromEntries(Object.entries(properties).filter((entry): entry is [string, Json] => entry[1] !== undefined));

/** A field without which an item makes no sense. Throws TypeError, which makes the item `unreadable_item`. */
export function required<Value>(value: Value | null | undefined, field: string): Value {
  if (value === undefined || value === null || value === '') throw new TypeError(`the item has no ${field}`);
  return value;
}

/** A date of the SDK as text; undefined where there is none. */
export const moment = (date: Date | undefined): string | undefined => date?.toISOString();
