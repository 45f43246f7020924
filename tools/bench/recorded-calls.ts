import type { AwsCall } from '../../src/connectors/aws/clients.ts';
import type { CellTarget } from '../../src/connectors/connector.ts';

/** How often an action was called in a category. */
export interface CallRow {
  readonly category: string;
  readonly action: string;
  readonly calls: number;
}

/** A call that was made more than once with the same parameters in one account and region. */
export interface Repeated {
  readonly action: string;
  readonly account_id: string;
  readonly region: string;
  readonly input: string;
  readonly calls: number;
  /** The categories that made it. */
  readonly categories: readonly string[];
}

/** Each cell has a session of its own, so that one cell's failure is no other's: these open it, and tell no fact. */
const OPENS_A_SESSION: ReadonlySet<string> = new Set(['sts:AssumeRole', 'sts:GetCallerIdentity']);

/** Every call of a run, as its collectors made them, before any retry. */
export class RecordedCalls {
  readonly #rows = new Map<string, CallRow>();
  readonly #made = new Map<string, Repeated>();

  add({ category, account_id }: CellTarget, { action, region, input }: AwsCall): void {
    const row = `${category} ${action}`;
    this.#rows.set(row, { category, action, calls: (this.#rows.get(row)?.calls ?? 0) + 1 });
    if (OPENS_A_SESSION.has(action)) return;
    const call = { action, account_id, region, input: JSON.stringify(input, sortedKeys) };
    const key = Object.values(call).join(' ');
    const before = this.#made.get(key);
    const categories = [...new Set([...(before?.categories ?? []), category])];
    this.#made.set(key, { ...call, calls: (before?.calls ?? 0) + 1, categories });
  }

  /** One row for each category and action, in their order. */
  rows(): readonly CallRow[] {
    return [...this.#rows.values()].sort((a, b) =>
      `${a.category} ${a.action}` < `${b.category} ${b.action}` ? -1 : 1,
    );
  }

  /** Calls that were made twice for one fact. */
  repeated(): readonly Repeated[] {
    return [...this.#made.values()].filter(({ calls }) => calls > 1);
  }
}

/** JSON with the members of objects in the order of their names. */
const sortedKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
