import type { styleText } from 'node:util';
import { plainText } from './plain-text.ts';

/** A row of a table. */
export type Row = readonly string[];

const STATUS_STYLES = {
  succeeded: 'green',
  complete: 'green',
  partial: 'yellow',
  denied: 'red',
  failed: 'red',
} as const;

/** The lines of a table: columns as wide as their widest cell, numbers to the right, statuses in their colours. */
export function renderTable(
  head: Row,
  given: readonly Row[],
  paint: (style: Parameters<typeof styleText>[0], text: string) => string,
): readonly string[] {
  const rows = given.map((row) => row.map(plainText));
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => /^[\d.]+$/.test(row[column] ?? '')));
  const pad = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return isNumber[column] ? text.padStart(width) : text.padEnd(width);
  };
  const cell = (text: string, column: number): string => {
    const style = Object.entries(STATUS_STYLES).find(([status]) => status === text)?.[1];
    return style ? paint(style, pad(text, column)) : pad(text, column);
  };
  return [paint('dim', head.map(pad).join('  ').trimEnd()), ...rows.map((row) => row.map(cell).join('  ').trimEnd())];
}
