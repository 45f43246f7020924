export { known } from '../properties.ts';

/** A field without which an item makes no sense. Throws TypeError, which makes the item `unreadable_item`. */
export function required<Value>(value: Value | null | undefined, field: string): Value {
  if (value === undefined || value === null || value === '') throw new TypeError(`the item has no ${field}`);
  return value;
}

/** A date of the SDK as text; undefined where there is none. */
export const moment = (date: Date | undefined): string | undefined => date?.toISOString();
