import { type ConditionKey, conditionKey, valuesOf } from './condition-keys.ts';
import {
  appendAnyRun,
  appendTokens,
  compilePattern,
  matchesPattern,
  type Pattern,
  patternOf,
  type Wildcards,
} from './pattern.ts';
import type { PolicyRequest } from './request.ts';

/** `${aws:username}` or `${aws:PrincipalTag/team, 'none'}`. */
interface PolicyVariable {
  readonly key: ConditionKey;
  readonly fallback?: string;
}

/** A text that becomes a pattern once the request is known. Without policy variables it is one already. */
export interface Template {
  readonly text: string;
  /** Where it has variables: every text that it could match. Else exactly what it matches. */
  readonly pattern: Pattern;
  readonly wildcards: Wildcards;
  /** Texts, single characters that are no wildcards, and variables, in order; left out where there are no variables. */
  readonly parts?: readonly (string | { readonly character: string } | PolicyVariable)[];
}

/** True, false, or undefined where a policy variable in the template has an unknown value. */
export type Match = boolean | undefined;

/** What stands between `${` and `}`. Unclosed ones are plain text. */
const VARIABLE = /\$\{([^}]*)\}/g;
const WITH_FALLBACK = /^\s*([^,]+?)\s*,\s*'(.*)'\s*$/;

/**
 * Reads a value of a policy. Policy variables and the escapes `${*}`, `${?}`, `${$}` exist only in version 2012-10-17.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function compileTemplate(text: string, wildcards: Wildcards, withVariables: boolean): Template {
  if (!withVariables || !text.includes('${')) return { text, wildcards, pattern: compilePattern(text, wildcards) };

  const parts: (string | { readonly character: string } | PolicyVariable)[] = [];
  let end = 0;
  for (const found of text.matchAll(VARIABLE)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    parts.push(variableOf(found[1] ?? ''));
    end = found.index + found[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));

  const tokens: number[] = [];
  for (const part of parts) {
    if (typeof part === 'string') appendTokens(tokens, part, wildcards);
    else if ('character' in part) appendTokens(tokens, part.character, 'literal');
    else appendAnyRun(tokens);
  }
  const pattern = patternOf(text, tokens);
  return parts.some((part) => typeof part === 'object' && 'key' in part)
    ? { text, wildcards, pattern, parts }
    : { text, wildcards, pattern };
}

/** The template with the request's values in it: null where a variable is absent and has no default, undefined where one is unknown. */
export function resolveTemplate(template: Template, request: PolicyRequest): Pattern | null | undefined {
  if (!template.parts) return template.pattern;
  const tokens: number[] = [];
  let unknown = false;
  for (const part of template.parts) {
    if (typeof part === 'string') appendTokens(tokens, part, template.wildcards);
    else if ('character' in part) appendTokens(tokens, part.character, 'literal');
    else {
      const values = valuesOf(part.key, request);
      // A key with several values cannot stand in a variable: it counts as absent.
      const value = values?.length === 1 ? values[0] : part.fallback;
      if (values === undefined) unknown = true;
      else if (value === undefined) return null;
      else appendTokens(tokens, value, 'literal');
    }
  }
  return unknown ? undefined : patternOf(template.text, tokens);
}

/** Does the text match, with the request's values in place of the variables? An absent variable matches nothing. */
export function matchesTemplate(template: Template, text: string, request: PolicyRequest): Match {
  if (!template.parts) return matchesPattern(template.pattern, text);
  const pattern = resolveTemplate(template, request);
  if (pattern === null) return false;
  if (pattern) return matchesPattern(pattern, text);
  return matchesPattern(template.pattern, text) ? undefined : false;
}

/** A text with the known variables filled in, for people; what is filled in has its wildcards escaped. */
export function fillKnownVariables(text: string, request: PolicyRequest): string {
  return text.replace(VARIABLE, (written, inside: string) => {
    const variable = variableOf(inside);
    const values = 'key' in variable ? valuesOf(variable.key, request) : undefined;
    return values?.length === 1 ? (values[0] ?? '').replace(/[*?$]/g, '$${$&}') : written;
  });
}

function variableOf(inside: string): { readonly character: string } | PolicyVariable {
  if (inside === '*' || inside === '?' || inside === '$') return { character: inside };
  const [, key, fallback] = WITH_FALLBACK.exec(inside) ?? [];
  return key === undefined || fallback === undefined
    ? { key: conditionKey(inside.trim()) }
    : { key: conditionKey(key), fallback };
}

/** The condition keys of the policy variables in a text. */
export function variablesIn(text: string): readonly ConditionKey[] {
  return Array.from(text.matchAll(VARIABLE), ([, inside = '']) => variableOf(inside)).flatMap((variable) =>
    'key' in variable ? [variable.key] : [],
  );
}
