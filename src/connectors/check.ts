import pLimit from 'p-limit';
import { ERROR_FACTS, remedyFor } from '../kernel/error-facts.ts';
import { AppError, type ErrorCode } from '../kernel/failures.ts';
import { SECOND } from '../kernel/time.ts';

/** The time that a check has for its targets, in milliseconds: API Gateway waits 30 s, and what is before and after takes some. */
export const CHECK_TIME = 18 * SECOND;

/** What became of one thing that a check tried: an account, an organization, a directory, a host. */
export interface CheckFinding {
  readonly target: string;
  readonly status: 'connected' | 'refused' | 'not_tried';
  readonly message: string;
  /** This and the following where something is to be done about it. */
  readonly code?: ErrorCode;
  readonly remedy?: string;
  /** Who can mend it. */
  readonly responsible?: string;
}

/** What trying a connection came to. */
export interface CheckOutcome {
  /** `connected`: everything that was tried let us in. `refused`: nothing did. */
  readonly status: 'connected' | 'partly' | 'refused';
  /** What could be scanned, as far as this check saw. */
  readonly service_categories_available: readonly string[];
  readonly findings: readonly CheckFinding[];
}

export const connected = (target: string, message: string): CheckFinding => ({ target, status: 'connected', message });

/** A target that refused, with what to do about it: the table's words, or those of a source that knows better. */
export const refused = (
  target: string,
  { code, message, details }: AppError,
  better: ReturnType<BetterWords> = {},
): CheckFinding => ({
  target,
  status: 'refused',
  message,
  code,
  remedy: better.remedy ?? remedyFor(code, details),
  responsible: better.responsible ?? ERROR_FACTS[code].responsible,
});

/** A target that the check did not come to, or not to the end of, in its time. */
const outOfTime = (target: string): CheckFinding => ({
  target,
  status: 'not_tried',
  message: `did not answer within the ${CHECK_TIME / SECOND} seconds that a check has`,
  code: 'timeout',
  remedy: 'Check again. If it stays, look at the health of the source; a scan has more patience than a check.',
  responsible: ERROR_FACTS.timeout.responsible,
});

/** Words of a source for its own failures, where they say more than the table's. */
export type BetterWords = (error: AppError) => Partial<Pick<CheckFinding, 'remedy' | 'responsible'>>;

export interface AttemptTerms {
  /** Ends the check: what it interrupts is not a failure of the target. */
  readonly over: AbortSignal;
  /** @default the words of the table of failures */
  readonly words?: BetterWords;
}

export interface TryTerms extends AttemptTerms {
  /** Targets beyond these are counted and not tried. */
  readonly most: number;
  readonly at_once: number;
}

/**
 * Tries targets, some at once, in their order. A failure that we understand becomes a finding; a bug ends the check. `noun`
 * names the rest that is not tried: `accounts`.
 */
export async function tryEach(
  noun: string,
  targets: readonly string[],
  terms: TryTerms,
  attempt: (target: string) => Promise<CheckFinding>,
): Promise<readonly CheckFinding[]> {
  const { most, at_once } = terms;
  const limit = pLimit(at_once);
  const tried = await Promise.all(
    targets.slice(0, most).map((target) => limit(() => withinTime(target, terms, attempt))),
  );
  const left = targets.length - tried.length;
  if (left === 0) return tried;
  const message = `a check tries ${most} of ${targets.length} ${noun}; a scan looks at all of them`;
  return [...tried, { target: `${left} further ${noun}`, status: 'not_tried', message }];
}

/** One attempt, unless the check is over. A failure after the end says nothing about the target. */
export async function withinTime(
  target: string,
  { over, words }: AttemptTerms,
  attempt: (target: string) => Promise<CheckFinding>,
): Promise<CheckFinding> {
  if (over.aborted) return outOfTime(target);
  try {
    return await attempt(target);
  } catch (error) {
    if (over.aborted) return outOfTime(target);
    if (error instanceof AppError) return refused(target, error, words?.(error));
    throw error;
  }
}

/** What the findings come to. What was left out by number changes nothing; what was out of time does. */
export function outcomeOf(findings: readonly CheckFinding[], categories: readonly string[] = []): CheckOutcome {
  const inside = findings.some(({ status }) => status === 'connected');
  const outside = findings.some(({ code }) => code !== undefined);
  return {
    status: inside ? (outside ? 'partly' : 'connected') : 'refused',
    service_categories_available: categories,
    findings,
  };
}
