import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';

/** A name and what it is; undefined where it is not known yet. */
export type Field = readonly [name: string, value: string | undefined];

/** Shows one thing, field by field. What is not known is left out. */
export function showFields(fields: readonly Field[], screen: Screen): void {
  const known = fields.filter(([, value]) => value !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  for (const [name, value] of known)
    screen.line(`   ${screen.paint('dim', name.padEnd(width))}  ${plainText(value ?? '')}`);
}

/** A list in words: an empty one means all that there are. */
export const allOr = (values: readonly string[]): string => (values.length === 0 ? 'all' : values.join(', '));
