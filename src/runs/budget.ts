import { AppError } from '../kernel/failures.ts';
import { MINUTE } from '../kernel/time.ts';

/** What a run may spend; absent members are without limit. */
export interface Budget {
  /** Calls to the source, retries included, over all cells of the run. */
  readonly max_api_calls?: number;
  /** Minutes since the run began. */
  readonly max_minutes?: number;
}

/** What a run has spent. */
export interface Spent {
  readonly api_calls: number;
  /** Milliseconds since the run began. */
  readonly elapsed: number;
}

/**
 * Why a run may go on no longer: AppError `budget_exhausted` with the figures, or undefined while something is left.
 *
 * Calls are counted over all cells when a cell (or a part of it) begins, and live within it. Cells that are looked at at the
 * same time do not see each other's calls, so a run may overshoot: by at most what was left when each of the others began,
 * that is by less than `max_api_calls` for every cell in flight beside the first, and by one page of calls in each of them.
 */
export function exhausted(budget: Budget, spent: Spent): AppError | undefined {
  const { max_api_calls, max_minutes } = budget;
  const over: string[] = [];
  if (max_api_calls !== undefined && spent.api_calls >= max_api_calls) {
    over.push(`${spent.api_calls} API calls of max_api_calls ${max_api_calls}`);
  }
  if (max_minutes !== undefined && spent.elapsed >= max_minutes * MINUTE) {
    over.push(`${Math.floor(spent.elapsed / MINUTE)} minutes of max_minutes ${max_minutes}`);
  }
  if (over.length === 0) return undefined;
  const used = over.join(' and ');
  return new AppError('budget_exhausted', `the run has used ${used}`, { details: { used } });
}
