import type { Db } from 'mongodb';
import type { Claim, Claimant } from '../../src/inventory/claim.ts';
import { EDGES } from '../../src/store/edges.ts';
import { ENTITIES } from '../../src/store/entities.ts';

/** Who claims what. */
export interface Claiming extends Pick<Claimant, 'cell' | 'collector' | 'region'> {
  /** The id of the entity or edge. */
  readonly of: string;
}

/** Every claim in a database, with the hash of what it says. Equal claimings are one object. */
export type Claims = ReadonlyMap<Claiming, string>;

const known = new Map<string, Claiming>();

/** The claiming of these words: the same object for the same words. */
function claiming({ of, cell, collector, region }: Claiming): Claiming {
  const key = [of, cell, collector, region].join(' ');
  const made = known.get(key) ?? { of, cell, collector, region };
  known.set(key, made);
  return made;
}

/** Reads every claim on entities and edges. */
export async function claimsIn(db: Db): Promise<Claims> {
  const claims = new Map<Claiming, string>();
  for (const { name } of [ENTITIES, EDGES]) {
    const documents = db.collection<{ _id: string; claims: readonly Claim<unknown>[] }>(name).find().sort({ _id: 1 });
    for await (const { _id, claims: some } of documents) {
      for (const { by, hash } of some) claims.set(claiming({ ...by, of: _id }), hash);
    }
  }
  return claims;
}

/** The claims as they would be if one collector had another name. */
export const renamed = (claims: Claims, from: string, to: string): Claims =>
  new Map(
    [...claims].map(([by, hash]) => [claiming({ ...by, collector: by.collector === from ? to : by.collector }), hash]),
  );

/** Claims that are new, that are gone, and that say something else. */
export const difference = (before: Claims, after: Claims) => ({
  added: [...after.keys()].filter((by) => !before.has(by)),
  removed: [...before.keys()].filter((by) => !after.has(by)),
  changed: [...after].filter(([by, hash]) => before.has(by) && before.get(by) !== hash).map(([by]) => by),
});
