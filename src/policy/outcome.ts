/** One comparison that could not be decided: a key of the request, an operator of the policy language, and the values that it names. */
export interface OpenTest {
  /** As AWS writes it, with its set prefix and `IfExists`: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** The condition key as the policy writes it, or `Resource` where a policy variable in a resource is unknown. */
  readonly key: string;
  readonly values: readonly string[];
  /** The condition holds where the comparison does not: what remains of a Deny. */
  readonly negated?: true;
  /** Set where AWS's documentation contradicts itself on whether this holds: why. The verdict is then `undetermined`. */
  readonly disputed?: string;
}

/** Several conditions that must hold together; negated: that must not all hold. */
export interface AllOf {
  readonly all_of: readonly OpenCondition[];
  readonly negated?: true;
}

/** Several conditions of which one suffices. Never negated: that is written as several negated ones. */
export interface AnyOf {
  readonly any_of: readonly OpenCondition[];
}

/** What a verdict still depends on, as data. */
export type OpenCondition = OpenTest | AllOf | AnyOf;

/** True, false, or open: the condition under which it would be true. */
export type Outcome = boolean | OpenCondition;

/** All of them hold. What is known is gone from the result, and nothing is said twice. */
export function and(outcomes: Iterable<Outcome>): Outcome {
  const left: OpenCondition[] = [];
  for (const outcome of outcomes) {
    if (outcome === false) return false;
    if (outcome !== true) left.push(outcome);
  }
  if (left.length < 2) return left[0] ?? true;
  const conditions = distinct(left.flatMap(conjuncts));
  const [first, second] = conditions;
  if (!first) return true;
  return second ? { all_of: conditions } : first;
}

/** One of them holds. `a or (a and b)` is `a`. */
export function or(outcomes: Iterable<Outcome>): Outcome {
  const left: OpenCondition[] = [];
  for (const outcome of outcomes) {
    if (outcome === true) return true;
    if (outcome !== false) left.push(outcome);
  }
  if (left.length < 2) return left[0] ?? false;
  const conditions = withoutAbsorbed(distinct(left.flatMap((one) => ('any_of' in one ? one.any_of : [one]))));
  const [first, second] = conditions;
  if (!first) return false;
  return second ? { any_of: conditions } : first;
}

/** It does not hold. */
export function not(outcome: Outcome): Outcome {
  if (typeof outcome === 'boolean') return !outcome;
  if ('any_of' in outcome) return and(outcome.any_of.map(not));
  const { negated, ...positive } = outcome;
  return negated ? positive : { ...positive, negated: true };
}

/** An outcome as the list of conditions that must all hold. */
export function conjuncts(condition: OpenCondition): readonly OpenCondition[] {
  return 'all_of' in condition && !condition.negated ? condition.all_of : [condition];
}

/** Does any part of it rest on something that AWS documents in two ways? */
export function isDisputed(condition: OpenCondition): boolean {
  if ('all_of' in condition) return condition.all_of.some(isDisputed);
  if ('any_of' in condition) return condition.any_of.some(isDisputed);
  return condition.disputed !== undefined;
}

/** Each once; a statement's own condition is the same object each time. */
function distinct(conditions: readonly OpenCondition[]): readonly OpenCondition[] {
  const unique = new Set(conditions);
  if (unique.size === 1) return [...unique];
  return [...new Map(Array.from(unique, (condition) => [JSON.stringify(condition), condition])).values()];
}

function withoutAbsorbed(conditions: readonly OpenCondition[]): readonly OpenCondition[] {
  if (conditions.length < 2) return conditions;
  const parts = conditions.map((condition) => new Set(conjuncts(condition).map((part) => JSON.stringify(part))));
  return conditions.filter(
    (_, i) =>
      !parts.some((other, j) => i !== j && other.isSubsetOf(parts[i] ?? other) && other.size < (parts[i]?.size ?? 0)),
  );
}
