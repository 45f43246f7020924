import type { styleText } from 'node:util';

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
  rows: readonly Row[],
  paint: (style: Parameters<typeof styleText>[0], text: string) => string,
): readonly string[] {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number): string =>
    /^\d+$/.test(text) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const cell = (text: string, column: number): string => {
    const style = Object.entries(STATUS_STYLES).find(([status]) => status === text)?.[1];
    return style ? paint(style, pad(text, column)) : pad(text, column);
  };
  return [paint('dim', head.map(pad).join('  ').trimEnd()), ...rows.map((row) => row.map(cell).join('  ').trimEnd())];
}
