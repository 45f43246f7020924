import type { PolicyKind } from './document.ts';
import type { OpenCondition } from './outcome.ts';

/** `conditional`: allowed if the open conditions hold. `undetermined`: AWS's documentation does not settle it. */
export type Decision = 'allowed' | 'denied' | 'conditional' | 'undetermined';

/** Which side refused; `none` where nothing did. */
export type BlockedBy = 'identity' | 'resource' | 'boundary' | 'session' | 'scp' | 'rcp' | 'none';

/** Where a statement stands, so that a path can show the very statement. */
export interface StatementRef {
  /** Id of the policy that `compilePolicy` was given, else the hash of its document. */
  readonly policy: string;
  readonly kind: PolicyKind;
  /** Index in the policy's list of statements. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
}

/** The engine's answer to one request. */
export interface Verdict {
  readonly decision: Decision;
  /** The statements that grant it, that deny it, or on which it still depends. Empty where nothing grants. */
  readonly because: readonly StatementRef[];
  /** What must hold, all of it; empty for `allowed` and `denied`. */
  readonly conditions: readonly OpenCondition[];
  readonly blocked_by: BlockedBy;
  /** The session policies are not known, and could take away from this. */
  readonly upper_bound?: true;
}
