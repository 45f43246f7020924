import type { CollectorTask } from '../connectors/connector.ts';
import { hashOf } from '../kernel/canonical.ts';
import type { IsoTime } from '../kernel/time.ts';

/** Who claims: one collector in one region, in one cell of one connector instance. */
export interface Claimant extends CollectorTask {
  readonly instance_id: string;
  /** The key of the cell: `<category>:<account_id>`. */
  readonly cell: string;
}

/** What one claimant says about one entity or edge. A document is the merge of its claims. */
export interface Claim<Facts> {
  readonly by: Claimant;
  /** The workspace of the instance: decides who sees what it claims. */
  readonly workspace_id: string;
  /** Of the facts alone: what was not said differently is not written again. */
  readonly hash: string;
  /** The run (`seq` of the instance) that first said exactly this. */
  readonly seq: number;
  /** The run that first claimed the document at all, in an unbroken row: tells what a cell held before from what is new. */
  readonly first_seq: number;
  readonly observed_at: IsoTime;
  readonly run_id: string;
  readonly facts: Facts;
}

/** Combines two things that one claimant said in one look. Commutative, associative, idempotent. */
export type Join<Facts> = (a: Facts, b: Facts) => Facts;

/** What is said now, with what is kept of what was said before; the same object where nothing is kept. */
export type Keep<Facts> = (stored: Facts, made: Facts) => Facts;

/** A text that is equal for equal claimants, and orders them. */
export const claimantKey = (by: Claimant): string => [by.instance_id, by.cell, by.collector, by.region].join('\u0000');

/** Smaller texts first, by code unit: the same on every machine, unlike a locale's order. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The smaller of two texts. */
export const smallerText = (a: string, b: string): string => (byText(a, b) <= 0 ? a : b);

const byClaimant = (a: Claim<unknown>, b: Claim<unknown>): number => byText(claimantKey(a.by), claimantKey(b.by));

/** Whether a claim of this claimant leaves a stored one as it is. Decides by hash and `seq` alone, so that facts need not be read. */
export const isKnown = (
  stored: Pick<Claim<unknown>, 'hash' | 'seq'>,
  made: Pick<Claim<unknown>, 'hash' | 'seq'>,
): boolean => stored.hash === made.hash || stored.seq > made.seq;

/**
 * The claims with a new one among them, ordered by claimant; the very same array where nothing is to be written, because
 * the claimant said this before, or because a later run of it has spoken since.
 *
 * A later look replaces an earlier one, but for what it must `keep`. Two things said in one look (one run, one moment) are
 * joined, so that the order in which a collector yields them, and how they fall into groups, do not matter.
 */
export function withClaim<Facts>(
  claims: readonly Claim<Facts>[],
  made: Claim<Facts>,
  join: Join<Facts>,
  keep: Keep<Facts> = (_, facts) => facts,
): readonly Claim<Facts>[] {
  const key = claimantKey(made.by);
  const stored = claims.find((claim) => claimantKey(claim.by) === key);
  if (!stored) return [...claims, made].sort(byClaimant);
  if (isKnown(stored, made)) return claims;
  const sameLook = stored.run_id === made.run_id && stored.observed_at === made.observed_at;
  const facts = sameLook ? join(stored.facts, made.facts) : keep(stored.facts, made.facts);
  const hash = facts === made.facts ? made.hash : hashOf(facts);
  if (hash === stored.hash) return claims;
  const next = { ...made, facts, hash, first_seq: stored.first_seq };
  return claims.map((claim) => (claim === stored ? next : claim));
}

/** The claims without those of some claimants up to a run; the very same array where there are none. */
export function withoutClaims<Facts>(
  claims: readonly Claim<Facts>[],
  claimants: ReadonlySet<string>,
  seq: number,
): readonly Claim<Facts>[] {
  const left = claims.filter((claim) => claim.seq > seq || !claimants.has(claimantKey(claim.by)));
  return left.length === claims.length ? claims : left;
}
