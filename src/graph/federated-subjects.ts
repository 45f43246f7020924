import type { OpenCondition } from '../policy/index.ts';

/** An operator by which a value without wildcards is that value and no other. */
const EXACT = /^(ForAnyValue:)?String(Equals|Like)(IfExists)?$/i;

/**
 * The subjects of which a condition wants one, where it names them one by one; undefined where it could hold for any. What the
 * policy engine left open is asked, so that this knows nothing of how trust policies are written.
 */
export function subjectsRequired(conditions: readonly OpenCondition[], issuer: string): readonly string[] | undefined {
  for (const condition of conditions) {
    const subjects = requiredBy(condition, `${issuer}:sub`.toLowerCase());
    if (subjects) return subjects;
  }
  return undefined;
}

function requiredBy(condition: OpenCondition, key: string): readonly string[] | undefined {
  if ('any_of' in condition) {
    const each = condition.any_of.map((one) => requiredBy(one, key));
    return each.every((subjects) => subjects !== undefined) ? each.flat() : undefined;
  }
  if (condition.negated) return undefined;
  if ('all_of' in condition) return condition.all_of.map((one) => requiredBy(one, key)).find((one) => one);
  const exact = condition.key.toLowerCase() === key && EXACT.test(condition.operator);
  return exact && !condition.values.some((value) => /[*?]|\$\{/.test(value)) ? condition.values : undefined;
}
