import { assumableRoles, pairCount } from '../../src/policy/index.ts';
import { generateOrganization, ROLES_PER_ACCOUNT } from './organization.ts';

/** What it took to find all assumable roles of a generated organization. */
export interface AssumableResult {
  readonly accounts: number;
  readonly roles: number;
  /** Making and compiling the estate, which is not the question. */
  readonly generate_ms: number;
  /** Index included. */
  readonly answer_ms: number;
  /** Pairs that were evaluated. */
  readonly pairs_considered: number;
  /** Edges as they are stored: one for each group of pairs with one verdict. */
  readonly facts: number;
  /** Edges if every pair were written out. */
  readonly pairs: number;
  /** Pairs of a principal and a role in the estate: what trying all would mean. */
  readonly all_pairs: number;
  /** Highest resident memory of the process, the estate included. */
  readonly peak_mb: number;
}

/** Answers for one size, in a process of its own so that the peak is that size's. */
export function findAssumable(accounts: number): AssumableResult {
  const started = performance.now();
  const estate = generateOrganization(accounts);
  const generated = performance.now();
  const costs = { evaluations: 0 };
  let facts = 0;
  let pairs = 0;
  for (const fact of assumableRoles(estate, costs)) {
    facts += 1;
    pairs += pairCount(fact);
  }
  return {
    accounts,
    roles: accounts * ROLES_PER_ACCOUNT,
    generate_ms: Math.round(generated - started),
    answer_ms: Math.round(performance.now() - generated),
    pairs_considered: costs.evaluations,
    facts,
    pairs,
    all_pairs: estate.principals.length * estate.roles.length,
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1_024),
  };
}
