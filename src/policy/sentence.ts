import type { OpenCondition, OpenTest } from './outcome.ts';

/** How each operator reads between key and values. Negated ones read as "is not ..." by themselves. */
const VERBS: Readonly<Record<string, string>> = {
  stringequals: 'is',
  stringnotequals: 'is not',
  stringequalsignorecase: 'is, in any case,',
  stringnotequalsignorecase: 'is not, in any case,',
  stringlike: 'is like',
  stringnotlike: 'is not like',
  arnequals: 'is like',
  arnnotequals: 'is not like',
  arnlike: 'is like',
  arnnotlike: 'is not like',
  numericequals: 'is',
  numericnotequals: 'is not',
  numericlessthan: 'is less than',
  numericlessthanequals: 'is at most',
  numericgreaterthan: 'is more than',
  numericgreaterthanequals: 'is at least',
  dateequals: 'is',
  datenotequals: 'is not',
  datelessthan: 'is before',
  datelessthanequals: 'is at or before',
  dategreaterthan: 'is after',
  dategreaterthanequals: 'is at or after',
  bool: 'is',
  binaryequals: 'is, in base64,',
  ipaddress: 'is in',
  notipaddress: 'is not in',
};

/**
 * A condition for people: "if `sts:ExternalId` is `x1`", or "unless ..." for what a Deny leaves.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function conditionSentence(condition: OpenCondition): string {
  return isNegated(condition) ? `unless ${plainClause(condition)}` : `if ${plainClause(condition)}`;
}

const isNegated = (condition: OpenCondition): boolean => 'negated' in condition && condition.negated === true;

/** The condition without its own negation. */
function plainClause(condition: OpenCondition): string {
  if ('all_of' in condition) return condition.all_of.map(nested).join(' and ');
  if ('any_of' in condition) return condition.any_of.map(nested).join(' or ');
  return testClause(condition);
}

function nested(condition: OpenCondition): string {
  const clause = plainClause(condition);
  if (isNegated(condition)) return `not (${clause})`;
  return 'all_of' in condition || 'any_of' in condition ? `(${clause})` : clause;
}

function testClause({ operator, key, values, disputed }: OpenTest): string {
  const set = /^(ForAllValues|ForAnyValue):/i.exec(operator)?.[1]?.toLowerCase();
  const unprefixed = operator.slice(operator.indexOf(':') + 1);
  const ifExists = /IfExists$/i.test(unprefixed);
  const name = unprefixed.replace(/IfExists$/i, '').toLowerCase();
  const quantity = set === 'forallvalues' ? 'every value of ' : set === 'foranyvalue' ? 'some value of ' : '';
  const absent = ifExists ? ' or is absent' : '';
  const doubt = disputed === undefined ? '' : ` (${disputed})`;
  return `${quantity}\`${key}\` ${predicate(name, values)}${absent}${doubt}`;
}

function predicate(name: string, values: readonly string[]): string {
  if (name === 'null') return values.includes('true') ? 'is absent' : 'is present';
  const verb = VERBS[name] ?? name;
  if (values.length === 0) return `${verb} nothing`;
  const negated = verb.startsWith('is not');
  return `${verb} ${values.map((value) => `\`${value}\``).join(negated ? ' nor ' : ' or ')}`;
}
