import type { Json } from '../../../kernel/canonical.ts';
import { type Assumer, type Assumption, assumerFacts, keyOfAssumer } from './assumption.ts';

/** Principals that are told of one role, those that assumed it last; the others are counted. */
const PRINCIPALS_TOLD = 50;

interface Assumed {
  readonly by: Assumer;
  readonly last_at: string;
  count: number;
}

/** Who assumed which role how often, from events that come newest first. Its size has the bound of the pages read. */
export class AssumptionTally {
  private readonly roles = new Map<string, Map<string, Assumed>>();

  add({ role, by, at }: Assumption): void {
    const assumers = this.roles.get(role) ?? new Map<string, Assumed>();
    this.roles.set(role, assumers);
    const key = keyOfAssumer(by);
    const known = assumers.get(key);
    if (known) known.count += 1;
    else assumers.set(key, { by, last_at: at, count: 1 });
  }

  /** What is told of each role. */
  *told(): Generator<{ readonly role: string; readonly facts: { readonly [key: string]: Json } }> {
    for (const [role, assumers] of this.roles) {
      const all = [...assumers.values()].sort((a, b) => (a.last_at > b.last_at ? -1 : 1));
      const [last] = all;
      if (!last) continue;
      yield {
        role,
        facts: {
          last_assumed_at: last.last_at,
          last_assumed_by: assumerFacts(last.by),
          count: all.reduce((sum, { count }) => sum + count, 0),
          principals: all
            .slice(0, PRINCIPALS_TOLD)
            .map(({ by, last_at, count }) => ({ ...assumerFacts(by), last_at, count })),
          other_principals: Math.max(0, all.length - PRINCIPALS_TOLD),
        },
      };
    }
  }
}
