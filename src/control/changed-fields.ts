import { canonicalJson } from '../kernel/canonical.ts';

/** The names of the fields that differ between two documents, in order: an audit event tells names, never values. */
export function changedFields<T extends object>(before: T, after: T): readonly string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => canonicalJson(old.get(name)) !== canonicalJson(now.get(name)))
    .toSorted();
}
