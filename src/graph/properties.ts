import type { Json } from '../kernel/canonical.ts';
import type { GraphEntity } from './documents.ts';

/** A document of a principal's own, by name. */
export interface InlinePolicy {
  readonly name: string;
  readonly policy_hash: string;
}

/** A property that is a text; null is a known absence, undefined is not known, as is anything that is no text. */
export function textOf(entity: Pick<GraphEntity, 'properties'>, name: string): string | null | undefined {
  const value = entity.properties[name];
  return typeof value === 'string' || value === null ? value : undefined;
}

/** The tags of an entity by key; undefined where they are not known. */
export function tagsOf(entity: GraphEntity): Readonly<Record<string, string>> | undefined {
  const tags = recordsOf(entity.properties.tags, 'key', 'value');
  return tags && Object.fromEntries(tags);
}

/** The inline policies of an identity, ordered by name; undefined where they are not known. */
export function inlinePoliciesOf(entity: GraphEntity): readonly InlinePolicy[] | undefined {
  return recordsOf(entity.properties.inline_policies, 'name', 'policy_hash')
    ?.map(([name, policy_hash]) => ({ name, policy_hash }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A member of a property that is an object; undefined where either is missing. */
export function memberOf(entity: GraphEntity, property: string, member: string): Json | undefined {
  const value = entity.properties[property];
  return isObject(value) ? value[member] : undefined;
}

/** The texts of a list; none where it is anything else. */
export const textsOf = (list: Json | undefined): readonly string[] =>
  isList(list) ? list.filter((item) => typeof item === 'string') : [];

/** Pairs from a list of records with two texts each; undefined if it is anything else: half a list is not known. */
export function recordsOf(
  list: Json | undefined,
  first: string,
  second: string,
): readonly (readonly [string, string])[] | undefined {
  if (!isList(list)) return undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const item of list) {
    const a = isObject(item) ? item[first] : undefined;
    const b = isObject(item) ? item[second] : undefined;
    if (typeof a !== 'string' || typeof b !== 'string') return undefined;
    pairs.push([a, b]);
  }
  return pairs;
}

/** Whether a value is a list. */
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Whether a value has members. */
export const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !isList(value);
