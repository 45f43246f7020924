import type { Json } from '../kernel/canonical.ts';

/** The properties that are known: what is `undefined` was not seen and is left out; `null` is a known absence. */
export const known = (properties: Readonly<Record<string, Json | undefined>>): Readonly<Record<string, Json>> =>
  Object.fromEntries(Object.entries(properties).filter((entry): entry is [string, Json] => entry[1] !== undefined));
