import { type IpRange, ipRangeContains, parseIpRange } from './ip-range.ts';
import type { PolicyRequest } from './request.ts';
import { compileTemplate, type Match, matchesTemplate, resolveTemplate } from './template.ts';

/** Compares one value of the request with one value of the policy. */
export type Comparison = (actual: string, request: PolicyRequest) => Match;

/** An operator of the condition language, without its set prefix and `IfExists`. */
export interface ConditionOperator {
  readonly name: string;
  /** True for `...Not...`: the condition holds where no value of the policy compares. */
  readonly negated: boolean;
  /** Makes a value of the policy ready for comparing. */
  readonly prepare: (expected: string, withVariables: boolean) => Comparison;
}

type Prepare = ConditionOperator['prepare'];

const stringEquals: Prepare = (expected, withVariables) => {
  const template = compileTemplate(expected, 'literal', withVariables);
  return (actual, request) => matchesTemplate(template, actual, request);
};

const stringEqualsIgnoreCase: Prepare = (expected, withVariables) => {
  const template = compileTemplate(expected, 'literal', withVariables);
  return (actual, request) => {
    const pattern = resolveTemplate(template, request);
    return pattern ? pattern.literal?.toLowerCase() === actual.toLowerCase() : pattern === null ? false : undefined;
  };
};

const stringLike: Prepare = (expected, withVariables) => {
  const template = compileTemplate(expected, 'wildcards', withVariables);
  return (actual, request) => matchesTemplate(template, actual, request);
};

/**
 * Each of the six parts of an ARN is compared by itself, with wildcards: `ArnEquals` and `ArnLike` are the same.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
const arnLike: Prepare = (expected, withVariables) => {
  // No ARN by the letter, but written, and meant, for any ARN.
  if (expected === '*') return (actual) => actual.startsWith('arn:');
  const parts = arnParts(expected).map((part) => compileTemplate(part, 'wildcards', withVariables));
  return (actual, request) => {
    const actualParts = arnParts(actual);
    if (parts.length !== 6 || actualParts.length !== 6) return false;
    let match: Match = true;
    for (const [i, part] of parts.entries()) {
      const matched = matchesTemplate(part, actualParts[i] ?? '', request);
      if (matched === false) return false;
      if (matched === undefined) match = undefined;
    }
    return match;
  };
};

/** The five parts before the resource, and the resource whole: its own colons, and those of a policy variable, do not part it. */
function arnParts(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < text.length && parts.length < 5; i++) {
    if (text.startsWith('${', i)) depth += 1;
    else if (text[i] === '}' && depth > 0) depth -= 1;
    else if (text[i] === ':' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const numeric =
  (compare: (actual: number, expected: number) => boolean): Prepare =>
  (expected) => {
    const number = toNumber(expected);
    return (actual) => compare(toNumber(actual), number);
  };

const date =
  (compare: (actual: number, expected: number) => boolean): Prepare =>
  (expected) => {
    const instant = toInstant(expected);
    return (actual) => compare(toInstant(actual), instant);
  };

const bool: Prepare = (expected) => {
  const folded = expected.toLowerCase();
  return (actual) => actual.toLowerCase() === folded;
};

const binaryEquals: Prepare = (expected) => (actual) => actual === expected;

const ipAddress: Prepare = (expected) => {
  const range = parseIpRange(expected);
  return (actual) => {
    const address: IpRange | undefined = parseIpRange(actual);
    return range !== undefined && address !== undefined && ipRangeContains(range, address);
  };
};

/** NaN for what is no number: it compares with nothing. */
const toNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

const ISO_8601 = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/i;

/**
 * Milliseconds since 1970, from ISO 8601 or from seconds since 1970. A time without a zone is UTC, wherever this runs. NaN for anything else.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 */
function toInstant(text: string): number {
  if (/^\d{5,}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const iso = ISO_8601.exec(text);
  if (!iso) return Number.NaN;
  const [, , , time, , , zone] = iso;
  return Date.parse(time && !zone ? `${text}Z` : text);
}

const equal = (a: number, b: number): boolean => a === b;
const less = (a: number, b: number): boolean => a < b;
const atMost = (a: number, b: number): boolean => a <= b;
const greater = (a: number, b: number): boolean => a > b;
const atLeast = (a: number, b: number): boolean => a >= b;

/** Every operator but `Null`, with its negation where it has one. */
const OPERATORS: readonly ConditionOperator[] = [
  ...withNegation('StringEquals', 'StringNotEquals', stringEquals),
  ...withNegation('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', stringEqualsIgnoreCase),
  ...withNegation('StringLike', 'StringNotLike', stringLike),
  ...withNegation('ArnEquals', 'ArnNotEquals', arnLike),
  ...withNegation('ArnLike', 'ArnNotLike', arnLike),
  ...withNegation('NumericEquals', 'NumericNotEquals', numeric(equal)),
  { name: 'NumericLessThan', negated: false, prepare: numeric(less) },
  { name: 'NumericLessThanEquals', negated: false, prepare: numeric(atMost) },
  { name: 'NumericGreaterThan', negated: false, prepare: numeric(greater) },
  { name: 'NumericGreaterThanEquals', negated: false, prepare: numeric(atLeast) },
  ...withNegation('DateEquals', 'DateNotEquals', date(equal)),
  { name: 'DateLessThan', negated: false, prepare: date(less) },
  { name: 'DateLessThanEquals', negated: false, prepare: date(atMost) },
  { name: 'DateGreaterThan', negated: false, prepare: date(greater) },
  { name: 'DateGreaterThanEquals', negated: false, prepare: date(atLeast) },
  { name: 'Bool', negated: false, prepare: bool },
  { name: 'BinaryEquals', negated: false, prepare: binaryEquals },
  ...withNegation('IpAddress', 'NotIpAddress', ipAddress),
];

const BY_NAME: ReadonlyMap<string, ConditionOperator> = new Map(OPERATORS.map((op) => [op.name.toLowerCase(), op]));

/** The operator of that name, in any case; undefined where AWS has none. `Null` is not among them: it compares nothing. */
export const conditionOperator = (name: string): ConditionOperator | undefined => BY_NAME.get(name.toLowerCase());

function withNegation(name: string, negation: string, prepare: Prepare): readonly ConditionOperator[] {
  return [
    { name, negated: false, prepare },
    { name: negation, negated: true, prepare },
  ];
}
