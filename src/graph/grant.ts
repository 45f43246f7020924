import type { OpenCondition, StatementRef, Verdict } from '../policy/index.ts';
import { type AttachedPolicy, compiledKind } from './attached-policies.ts';
import type { GraphEdge } from './documents.ts';

/** A statement on which a verdict rests, and the policy that it stands in. */
export interface Grant {
  readonly policy: AttachedPolicy;
  readonly statement: StatementRef;
}

/** What policies say of one who acts and what it acts on, where they do not simply deny. */
export interface Derivation {
  readonly verdict: Exclude<Verdict['decision'], 'denied'>;
  /** What must hold, all of it; empty where the verdict is `allowed`. */
  readonly conditions: readonly OpenCondition[];
  /** The statements of both sides on which it rests; none where the verdict is `undetermined`. */
  readonly grants: readonly Grant[];
  /** The stated edges on which it rests beside them. */
  readonly via?: readonly GraphEdge[];
}

/** The derivation of a verdict that is not `denied`: finds the policies that its statements stand in. */
export function derivationOf(verdict: Verdict, policies: readonly (AttachedPolicy | null)[]): Derivation | undefined {
  const { decision, conditions, because } = verdict;
  if (decision === 'denied') return undefined;
  if (decision === 'undetermined') return { verdict: decision, conditions, grants: [] };
  const grants = because.flatMap((statement) => {
    const policy = policies.find(
      (one) => one && compiledKind(one.kind) === statement.kind && one.hash === statement.policy,
    );
    return policy ? [{ policy, statement }] : [];
  });
  return { verdict: decision, conditions, grants };
}
