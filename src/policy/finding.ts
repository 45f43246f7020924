import { and, type Outcome, or } from './outcome.ts';
import type { BlockedBy, StatementRef } from './verdict.ts';

/** An outcome with the statements that it rests on. */
export interface Finding {
  readonly outcome: Outcome;
  readonly because: readonly StatementRef[];
}

/** One of the things that all have to hold, and who refuses where it does not. */
export interface Layer {
  readonly name: BlockedBy;
  readonly finding: Finding;
}

/** Holds without anybody having said so. */
export const HOLDS: Finding = { outcome: true, because: [] };
/** Does not hold, and no statement says that it does. */
export const FAILS: Finding = { outcome: false, because: [] };

/** All of them hold. */
export function allOf(findings: readonly Finding[]): Finding {
  let only: Finding = HOLDS;
  let several = false;
  for (const finding of findings) {
    if (finding.outcome === false) return finding;
    if (finding === HOLDS) continue;
    several = only !== HOLDS;
    only = finding;
    if (several) break;
  }
  return several ? allOfSeveral(findings) : only;
}

function allOfSeveral(findings: readonly Finding[]): Finding {
  let open: Outcome[] | undefined;
  for (const finding of findings) {
    if (finding.outcome === false) return finding;
    if (finding.outcome === true) continue;
    open ??= [];
    open.push(finding.outcome);
  }
  return { outcome: open ? and(open) : true, because: unique(findings) };
}

/** One of them holds: the first that holds outright, else every one that could. */
export function anyOf(findings: readonly Finding[]): Finding {
  const possible: Finding[] = [];
  for (const finding of findings) {
    if (finding.outcome === true) return finding;
    if (finding.outcome !== false) possible.push(finding);
  }
  const [first] = possible;
  if (!first) return FAILS;
  if (possible.length === 1) return first;
  return { outcome: or(possible.map(({ outcome }) => outcome)), because: unique(possible) };
}

/** What limits without granting is shown only where it leaves a condition. */
export const limit = (finding: Finding): Finding => (finding.outcome === true ? HOLDS : finding);

function unique(findings: readonly Finding[]): readonly StatementRef[] {
  const refs: StatementRef[] = [];
  for (const { because } of findings) for (const ref of because) if (!refs.includes(ref)) refs.push(ref);
  return refs;
}
