/** What an AWS policy permits: `compilePolicy(document)`, then `evaluate(request, policies)`. Pure and synchronous. */
export { type CallerKind, callerOf } from './caller.ts';
export { type CompiledPolicy, type CompileOptions, compilePolicy, policyCompiler } from './compile.ts';
export type { PolicyKind } from './document.ts';
export { assumeAction, type Estate, type EstatePrincipal, type EstateResource, type EstateRole } from './estate.ts';
export { evaluate } from './evaluate.ts';
export { type FactPair, type PermissionFact, pairCount, pairsOf } from './fact.ts';
export { PERMISSION_SETS_KEY } from './identity-center.ts';
export { PolicyError } from './malformed.ts';
export {
  type NamedPrincipals,
  type NamedResource,
  principalsNamed,
  resourcesNamed,
  servicesNamed,
  speaksOf,
} from './named.ts';
export type { AllOf, AnyOf, OpenCondition, OpenTest } from './outcome.ts';
export { type CandidatePairs, candidateJoin, type JoinCosts } from './permission-join.ts';
export type { PolicySet } from './policy-set.ts';
export {
  ABSENT_IN_DIRECT_CALLS,
  type EncryptionKey,
  type PolicyRequest,
  type Principal,
  type RequestContext,
  type Resource,
  requestContext,
} from './request.ts';
export { conditionSentence } from './sentence.ts';
export { accessTo, assumableRoles } from './set-questions.ts';
export type { ActionLists } from './statement.ts';
export type { BlockedBy, Decision, StatementRef, Verdict } from './verdict.ts';
