import { isDeepStrictEqual } from 'node:util';
import type { Matcher, Scalar, Where } from './criteria.ts';

/** A document of the API. */
export type Document = Readonly<Record<string, unknown>>;

/** Whether every field of a document is what it must be. */
export const matches = (document: Document, where: Where): boolean =>
  Object.entries(where).every(([field, matcher]) => fits(valueAt(document, field), matcher));

/** The value of a field: `a.b` is b of a, and of every item where a is a list. */
export function valueAt(document: unknown, field: string): unknown {
  const [first = '', ...rest] = field.split('.');
  if (Array.isArray(document)) return document.map((item) => valueAt(item, field));
  const value: unknown =
    typeof document === 'object' && document !== null && Object.hasOwn(document, first)
      ? Reflect.get(document, first)
      : undefined;
  return rest.length === 0 ? value : valueAt(value, rest.join('.'));
}

function fits(value: unknown, matcher: Matcher): boolean {
  if (typeof matcher !== 'object' || matcher === null || Array.isArray(matcher)) {
    return isDeepStrictEqual(value, matcher);
  }
  if ('not' in matcher) return value !== matcher.not;
  if ('one_of' in matcher) return matcher.one_of.some((one) => one === value);
  if ('at_least' in matcher) return typeof value === 'number' && value >= matcher.at_least;
  if ('exists' in matcher) return (value !== undefined) === matcher.exists;
  if (!Array.isArray(value)) return false;
  if ('includes' in matcher) return value.includes(matcher.includes);
  return isDeepStrictEqual(value.toSorted(byText), matcher.set.toSorted(byText));
}

const byText = (a: Scalar, b: Scalar): number => (String(a) < String(b) ? -1 : 1);
