import type { CompiledPolicy } from './compile.ts';

/** Every policy that has a say in a request. What is left out does not exist, and so neither grants nor limits. */
export interface PolicySet {
  /** Managed and inline policies of the role or user, and of the user's groups. */
  readonly identity?: readonly CompiledPolicy[] | undefined;
  /** The resource's own policy; for `sts:AssumeRole...` the role's trust policy, for KMS the key policy. */
  readonly resource?: CompiledPolicy | undefined;
  readonly boundary?: CompiledPolicy | undefined;
  /** Policies given when the session was made: together one layer; none limits nothing. `unknown`: the verdict is an upper bound. */
  readonly session?: readonly CompiledPolicy[] | 'unknown' | undefined;
  /** Of the caller's account: one list for each level, from the root down. Each level has to allow; one without any has AWS's FullAWSAccess. */
  readonly scps?: readonly (readonly CompiledPolicy[])[] | undefined;
  /** Of the resource's account: one list for each level. Only their Denies count: AWS always attaches RCPFullAWSAccess. */
  readonly rcps?: readonly (readonly CompiledPolicy[])[] | undefined;
  /** The key policy of `resource.encryption_key`. */
  readonly key?: CompiledPolicy | undefined;
}

/** The session policies that are known. */
export const sessionPolicies = ({ session }: PolicySet): readonly CompiledPolicy[] =>
  session === undefined || session === 'unknown' ? [] : session;
