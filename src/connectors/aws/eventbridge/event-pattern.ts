import type { Json } from '../../../kernel/canonical.ts';
import { isList, isObject } from '../policy-document.ts';

/** What an event pattern says about where events come from. What it says about their content is content. */
export interface PatternFacts {
  readonly sources: readonly string[];
  readonly detail_types: readonly string[];
  readonly accounts: readonly string[];
}

/**
 * The facts of a pattern: texts to be met exactly, and matchers as `prefix:aws.`. An empty list is no condition.
 * Throws TypeError where the text is no JSON object.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function patternFacts(text: string): PatternFacts {
  const pattern = parsed(text);
  if (!isObject(pattern)) throw new TypeError('the event pattern is not a JSON object');
  return {
    sources: matchesIn(pattern, 'source'),
    detail_types: matchesIn(pattern, 'detail-type'),
    accounts: matchesIn(pattern, 'account'),
  };
}

/** The matches of a field, also where it is stated in every branch of an `$or`. */
function matchesIn(pattern: { readonly [key: string]: Json }, field: string): readonly string[] {
  const { $or: branches, [field]: condition } = pattern;
  if (condition !== undefined || !isList(branches)) return matchesOf(condition);
  const each = branches.map((branch) => (isObject(branch) ? matchesIn(branch, field) : []));
  return each.every((matches) => matches.length > 0) ? [...new Set(each.flat())].sort() : [];
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new TypeError('the event pattern is not JSON');
  }
}

const matchesOf = (condition: Json | undefined): readonly string[] =>
  isList(condition) ? [...new Set(condition.flatMap(matchOf))].sort() : [];

function matchOf(match: Json): readonly string[] {
  if (typeof match === 'string') return [match];
  if (!isObject(match)) return [];
  return Object.entries(match).map(([operator, value]) => `${operator}:${operandOf(value)}`);
}

/** `{"prefix": "aws."}`, `{"anything-but": ["a", "b"]}`, `{"anything-but": {"prefix": "aws."}}`, `{"exists": true}`. */
function operandOf(value: Json): string {
  if (isList(value)) return value.map(operandOf).sort().join(',');
  return isObject(value) ? matchOf(value).join(',') : String(value);
}
