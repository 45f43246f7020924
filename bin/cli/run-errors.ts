import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';

/** A failure with what to do about it, of a run or of one of its cells. */
export interface ShownError {
  readonly code: string;
  /** Where it happened: an account, or a cell. */
  readonly where: string;
  /** What the source said. */
  readonly example: string;
  readonly remedy: string;
  readonly responsible: string;
  readonly count: number;
}

/** Shows failures: what happened, where, what to do, and who can. */
export function showErrors(errors: readonly ShownError[], screen: Screen): void {
  for (const { code, where, example, remedy, responsible, count } of errors) {
    screen.line();
    screen.line(
      `   ${screen.paint('yellow', code)} in ${plainText(where)}${count > 1 ? `, ${count} times` : ''}: ${plainText(example)}`,
    );
    screen.line(`   What to do: ${plainText(remedy)}`);
    screen.line(`   Who: ${responsible}`);
  }
}

/** Shows the failures of a run. */
export const showRunErrors = (
  errors: readonly (Omit<ShownError, 'where'> & { readonly service_category: string; readonly account_id: string })[],
  screen: Screen,
): void =>
  showErrors(
    errors.map((error) => ({ ...error, where: `${error.service_category}:${error.account_id}` })),
    screen,
  );
