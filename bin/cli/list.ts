import type { Screen } from '../terminal/screen.ts';

/** The columns of a table: their names, and what they show of an item. */
export type Columns<T> = readonly (readonly [name: string, of: (item: T) => string])[];

/** Shows things as a table; where there are none, says what to do about it. */
export function showList<T>(items: readonly T[], columns: Columns<T>, whenEmpty: string, screen: Screen): void {
  if (items.length === 0) {
    screen.line(`   ${whenEmpty}`);
    return;
  }
  screen.table(
    columns.map(([name]) => name),
    items.map((item) => columns.map(([, of]) => of(item))),
  );
}

/** Says that there may be more, where a list gave as many as were asked for. */
export function noteOfMore(items: readonly unknown[], limit: number, screen: Screen): void {
  if (items.length === limit) screen.note(`the first ${limit}: there may be more, see --limit`);
}
