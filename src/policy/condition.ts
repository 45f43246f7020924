import { callerOf, isRole } from './caller.ts';
import { type ConditionKey, conditionKey, type KeyValues, valuesOf } from './condition-keys.ts';
import { type Comparison, type ConditionOperator, conditionOperator } from './condition-operators.ts';
import type { ParsedTest } from './document.ts';
import { and, type OpenTest, type Outcome } from './outcome.ts';
import type { PolicyRequest } from './request.ts';
import { fillKnownVariables, type Match } from './template.ts';

/** One key of a Condition element, ready to be tested. */
export interface ConditionTest {
  readonly key: ConditionKey;
  /** The test as data: what a verdict shows where the key is unknown. */
  readonly open: OpenTest;
  readonly hasVariables: boolean;
  readonly test: (values: KeyValues, request: PolicyRequest) => Match;
}

/** How the values of a key with several values are taken together. */
type SetOperator = 'ForAllValues' | 'ForAnyValue' | undefined;

const SET_PREFIX = /^(ForAllValues|ForAnyValue):/i;

/** Makes one key of a Condition element ready; undefined where AWS has no such operator. */
export function compileTest(parsed: ParsedTest, withVariables: boolean): ConditionTest | undefined {
  const { operator, values } = parsed;
  const key = conditionKey(parsed.key);
  const open: OpenTest = { operator, key: parsed.key, values };
  const prefix = SET_PREFIX.exec(operator)?.[0] ?? '';
  const set = setOperator(prefix);
  const unprefixed = operator.slice(prefix.length);
  const ifExists = /IfExists$/i.test(unprefixed);
  const name = ifExists ? unprefixed.slice(0, -'IfExists'.length) : unprefixed;

  if (/^null$/i.test(name) && !ifExists) return { key, open, hasVariables: false, test: nullTest(values) };
  const found = conditionOperator(name);
  if (!found) return undefined;
  const comparisons = values.map((value) => found.prepare(value, withVariables));
  const absent = ifExists || whenAbsent(set, found.negated);
  const hasVariables = withVariables && /^(String|Arn)/i.test(name) && values.some((value) => value.includes('${'));
  return {
    key,
    open,
    hasVariables,
    test: (actual, request) => {
      if (actual === undefined) return undefined;
      if (actual === null) return absent;
      return compareAll(set, found, comparisons, actual, request);
    },
  };
}

/** Do all keys of a Condition element hold? Open where one is unknown: then the condition that is left. */
export function holds(tests: readonly ConditionTest[], request: PolicyRequest): Outcome {
  if (tests.length === 0) return true;
  let open: OpenTest[] | undefined;
  for (const test of tests) {
    const left = outcomeOf(test, request);
    if (left === false) return false;
    if (left !== true) open = [...(open ?? []), left];
  }
  return open ? and(open) : true;
}

function outcomeOf(test: ConditionTest, request: PolicyRequest): boolean | OpenTest {
  const values = valuesOf(test.key, request);
  if (values === null && test.key.id === MFA_PRESENT && isRole(callerOf(request.principal))) return mfaOfRole(test);
  return test.test(values, request) ?? withKnownVariables(test, request);
}

/** Policy variables stand only in operators on strings and ARNs, and only in version 2012-10-17. */
function withKnownVariables({ open, hasVariables }: ConditionTest, request: PolicyRequest): OpenTest {
  return hasVariables ? { ...open, values: open.values.map((value) => fillKnownVariables(value, request)) } : open;
}

const MFA_PRESENT = 'aws:multifactorauthpresent';

/**
 * For a role's session the MFA key is documented both as absent and as present with `false`. Where that matters, nobody can say.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 */
function mfaOfRole(test: ConditionTest): OpenTest {
  const disputed = 'AWS documents the MFA key of a role session both as absent and as present with the value false';
  return { ...test.open, disputed };
}

/**
 * A missing key makes a positive operator false and a negated one true; `ForAllValues` is true of nothing, `ForAnyValue` false.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function whenAbsent(set: SetOperator, negated: boolean): boolean {
  if (set === 'ForAllValues') return true;
  if (set === 'ForAnyValue') return false;
  return negated;
}

function nullTest(expected: readonly string[]): ConditionTest['test'] {
  const mayBeAbsent = expected.some((value) => value.toLowerCase() === 'true');
  const mayBePresent = expected.some((value) => value.toLowerCase() === 'false');
  return (actual) => {
    if (mayBeAbsent && mayBePresent) return true;
    return actual === undefined ? undefined : actual === null ? mayBeAbsent : mayBePresent;
  };
}

/** Without a set operator a negation is of the whole; with one it is of each value. `ForAllValues`: there is none that does not hold. */
function compareAll(
  set: SetOperator,
  { negated }: ConditionOperator,
  comparisons: readonly Comparison[],
  actual: readonly string[],
  request: PolicyRequest,
): Match {
  const negateEach = set === 'ForAllValues' ? !negated : set === 'ForAnyValue' && negated;
  const negateWhole = set === 'ForAllValues' || (set === undefined && negated);
  let result: Match = false;
  for (const value of actual) {
    const compares = someCompares(comparisons, value, request);
    const match = negateEach ? negate(compares) : compares;
    if (match === true) return !negateWhole;
    if (match === undefined) result = undefined;
  }
  return negateWhole ? negate(result) : result;
}

function someCompares(comparisons: readonly Comparison[], value: string, request: PolicyRequest): Match {
  let result: Match = false;
  for (const compare of comparisons) {
    const match = compare(value, request);
    if (match === true) return true;
    if (match === undefined) result = undefined;
  }
  return result;
}

const negate = (match: Match): Match => (match === undefined ? undefined : !match);

function setOperator(prefix: string): SetOperator {
  if (prefix === '') return undefined;
  return prefix.toLowerCase() === 'forallvalues:' ? 'ForAllValues' : 'ForAnyValue';
}
