import { randomUUID } from 'node:crypto';
import type { List } from '../lambdas/api/paging.ts';
import { HubConnection, type HubConnectionOptions } from './hub-connection.ts';

/** The most items that a list gives at once. */
const LARGEST_PAGE = 200;

/** What of a list is asked for; a parameter that is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The manners of every request to the hub's API: lists to their end, things made once. */
export class HubClient {
  protected readonly hub: HubConnection;

  constructor(options: HubConnectionOptions) {
    this.hub = new HubConnection(options);
  }

  protected read<T>(path: string): Promise<T> {
    return this.hub.call({ method: 'GET', path });
  }

  /** Makes something. The key lets the hub take a request that is sent again for the first, so that one thing is made. */
  protected create<T>(path: string, body: object): Promise<T> {
    return this.hub.call({ method: 'POST', path, body: JSON.stringify(body), idempotency_key: randomUUID() });
  }

  protected change<T>(method: 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
    return this.hub.call({ method, path, ...(body && { body: JSON.stringify(body) }) });
  }

  /**
   * The items of a list, page by page: every one, or the first `most`.
   * @throws Error where a page names itself as the next: that list would never end.
   */
  protected async all<T>(path: string, query: Query = {}, most = Number.POSITIVE_INFINITY): Promise<readonly T[]> {
    const items: T[] = [];
    const given = new Set<string>();
    let cursor: string | undefined;
    do {
      const limit = String(Math.min(LARGEST_PAGE, most - items.length));
      const parameters = new URLSearchParams({ limit, ...(cursor !== undefined && { cursor }) });
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) parameters.set(name, String(value));
      }
      const page = await this.read<List<T>>(`${path}?${parameters}`);
      items.push(...page.items);
      cursor = page.next_cursor;
      if (cursor !== undefined && given.size === given.add(cursor).size) {
        throw new Error(`GET ${path}: the list goes round in circles at cursor ${cursor}`);
      }
    } while (cursor !== undefined && items.length < most);
    return items;
  }
}

/** An id as a segment of a path. */
export const segment = encodeURIComponent;
