import { isMeant, type KnownRequest, type When } from './rules.ts';

/** How often a principal asked for an action. */
export interface CallCount {
  /** Of the credentials that signed; absent if the emulator did not hand them out. */
  readonly account?: string;
  readonly role?: string;
  readonly action: string;
  readonly count: number;
}

/** Counts signed requests, those that were made to fail included. */
export class CallCounter {
  readonly #counts = new Map<string, { known: KnownRequest; count: number }>();

  add(known: KnownRequest): void {
    const { request, principal } = known;
    const key = `${request.accessKey} ${principal?.arn} ${request.action}`;
    const entry = this.#counts.get(key) ?? { known, count: 0 };
    entry.count += 1;
    this.#counts.set(key, entry);
  }

  /** How many of them are meant. What they asked with is not kept. */
  count(when: Omit<When, 'parameters'>): number {
    let sum = 0;
    for (const { known, count } of this.#counts.values()) if (isMeant(when, known)) sum += count;
    return sum;
  }

  /** One row for each account, role and action. */
  list(): CallCount[] {
    const rows = new Map<string, CallCount>();
    for (const { known, count } of this.#counts.values()) {
      const { account, role } = known.principal ?? {};
      const { action } = known.request;
      const key = `${account} ${role} ${action}`;
      const before = rows.get(key)?.count ?? 0;
      rows.set(key, { ...(account && { account }), ...(role && { role }), action, count: before + count });
    }
    return [...rows.values()];
  }

  clear(): void {
    this.#counts.clear();
  }
}
