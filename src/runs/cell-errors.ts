import type { CollectorTask } from '../connectors/connector.ts';
import { ERROR_FACTS, remedyFor } from '../kernel/error-facts.ts';
import type { ErrorCode } from '../kernel/failures.ts';
import type { Gap } from '../observations/observation.ts';
import type { CellError } from './cell.ts';

/** A failure with its remedy filled in from what is known about it. */
export const cellError = (
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>>,
  where: Partial<Pick<CellError, 'collector' | 'region' | 'action' | 'item'>> = {},
): CellError => ({
  code,
  message,
  ...where,
  remedy: remedyFor(code, { ...details, ...where }),
  responsible: ERROR_FACTS[code].responsible,
  count: 1,
});

export const gapError = (gap: Gap, task: CollectorTask, account_id: string): CellError =>
  cellError(
    gap.code,
    gap.message,
    { account_id },
    {
      collector: task.collector,
      region: task.region,
      action: gap.action,
      ...(gap.item !== undefined && { item: gap.item }),
    },
  );

/** Errors that one remedy mends count as one, with the first as the example, so that ten thousand refusals stay one row. */
export function addError(errors: readonly CellError[], error: CellError): readonly CellError[] {
  const same = errors.findIndex(
    (other) =>
      other.code === error.code &&
      other.collector === error.collector &&
      other.region === error.region &&
      other.action === error.action,
  );
  return same < 0
    ? [...errors, error]
    : errors.map((other, index) => (index === same ? { ...other, count: other.count + error.count } : other));
}
