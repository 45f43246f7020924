import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { List } from '../lambdas/api/paging.ts';
import type { ConnectorInstance, NewConnectorInstance } from '../src/control/connector-instance.ts';
import type { NewScanScope, ScanScope } from '../src/control/scan-scope.ts';
import type { Cell } from '../src/runs/cell.ts';
import { isOver, type ScanRun } from '../src/runs/run.ts';
import type { StitchRun } from '../src/stitch/stitch-run.ts';
import type { StitchedPath } from '../src/stitch/stitched-path.ts';

/** A run as the API shows it. */
export type ShownRun = Omit<ScanRun, 'outbox' | 'plan_send_no'>;

/** A run that is being watched. */
export interface WatchedRun extends ShownRun {
  readonly progress: {
    /** Whether `total` is final. */
    readonly planned: boolean;
    readonly total: number;
    readonly done: number;
    readonly by_status: Readonly<Record<string, number>>;
  };
}

/** What of the paths is asked for: ARNs of the ends. */
export interface PathFilter {
  readonly workload?: string;
  readonly resource?: string;
  readonly crosses_account_boundary?: boolean;
}

/** How the hub is reached. */
export interface ApiClientOptions {
  /** Up to the stage, without `/api/v1`. */
  readonly url: string;
  /** Asked before every request, so that a token may be renewed. */
  readonly token: () => string | Promise<string>;
  /** Times a request is sent again when no answer arrives. @default 3 */
  readonly retries?: number;
  /** Milliseconds before the first of them; doubled for each further one. @default 200 */
  readonly backoff?: number;
}

/** The most items that a list gives at once. */
const LARGEST_PAGE = 200;

const ProblemSchema = z.looseObject({
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  code: z.string().optional(),
  remedy: z.string().optional(),
  request_id: z.string().optional(),
  errors: z.array(z.looseObject({ field: z.string(), message: z.string() })).optional(),
});

/** An answer that is no success: `message` says what happened, where, and what to do about it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Of the closed table in `src/kernel/failures.ts`; undefined where the gateway answered and not the hub. */
  readonly code: string | undefined;

  constructor(status: number, code: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The hub did not answer at all. */
export class HubUnreachable extends Error {
  override readonly name = 'HubUnreachable';
}

/** The hub's HTTP API, typed. The hub is trusted to answer as its types say: nothing is validated twice. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  createInstance(body: NewConnectorInstance & { readonly workspace_id?: string }): Promise<ConnectorInstance> {
    return this.#call('POST', '/connector-instances', body);
  }

  listInstances(): Promise<readonly ConnectorInstance[]> {
    return this.#all('/connector-instances');
  }

  getInstance(id: string): Promise<ConnectorInstance> {
    return this.#call('GET', `/connector-instances/${encodeURIComponent(id)}`);
  }

  createScope(body: z.input<typeof NewScanScope>): Promise<ScanScope> {
    return this.#call('POST', '/scan-scopes', body);
  }

  listScopes(): Promise<readonly ScanScope[]> {
    return this.#all('/scan-scopes');
  }

  getScope(id: string): Promise<ScanScope> {
    return this.#call('GET', `/scan-scopes/${encodeURIComponent(id)}`);
  }

  /** Not sent again when no answer arrives: two requests are two runs. */
  startRun(scope_id: string): Promise<ShownRun> {
    return this.#call('POST', '/scan-runs', { scope_id });
  }

  getRun(id: string): Promise<WatchedRun> {
    return this.#call('GET', `/scan-runs/${encodeURIComponent(id)}`);
  }

  /** Newest first, at most so many. */
  listRuns(most?: number): Promise<readonly ShownRun[]> {
    return this.#all('/scan-runs', {}, most);
  }

  listCells(run_id: string): Promise<readonly Cell[]> {
    return this.#all(`/scan-runs/${encodeURIComponent(run_id)}/cells`);
  }

  /** Lets a cell remove what it held back. `key` is `<category>:<account>`; its colon may stand in a path as it is. */
  releaseCell(run_id: string, key: string): Promise<Cell> {
    const segment = encodeURIComponent(key).replaceAll('%3A', ':');
    return this.#call('POST', `/scan-runs/${encodeURIComponent(run_id)}/cells/${segment}/release`);
  }

  listPaths(filter: PathFilter = {}): Promise<readonly StitchedPath[]> {
    return this.#all('/paths', { ...filter });
  }

  getPath(id: string): Promise<StitchedPath> {
    return this.#call('GET', `/paths/${encodeURIComponent(id)}`);
  }

  /** Newest first, at most so many. */
  listStitchRuns(most?: number): Promise<readonly StitchRun[]> {
    return this.#all('/stitch-runs', {}, most);
  }

  /**
   * Watches a run until it is over, telling `seen` of every look.
   * @throws Error if it is not over within `timeout_s` seconds.
   */
  async untilOver(id: string, seen: (run: WatchedRun) => void, timeout_s = 120): Promise<WatchedRun> {
    const deadline = Date.now() + timeout_s * 1_000;
    for (;;) {
      const run = await this.getRun(id);
      seen(run);
      if (isOver(run.status)) return run;
      if (Date.now() > deadline) {
        const { done, total } = run.progress;
        throw new Error(`run ${id} is still ${run.status} after ${timeout_s} s: ${done} of ${total} cells are done`);
      }
      await sleep(250);
    }
  }

  /** The items of a list, page by page: every one, or the first `most`. */
  async #all<T>(
    path: string,
    query: Readonly<Record<string, string | boolean>> = {},
    most = Number.POSITIVE_INFINITY,
  ): Promise<readonly T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const limit = String(Math.min(LARGEST_PAGE, most - items.length));
      const parameters = new URLSearchParams({ limit, ...(cursor !== undefined && { cursor }) });
      for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
      const page = await this.#call<List<T>>('GET', `${path}?${parameters}`);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== undefined && items.length < most);
    return items;
  }

  async #call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const response = await this.#send(method, path, body);
    const text = await response.text();
    if (!response.ok) throw apiError(`${method} ${path}`, response, text);
    try {
      // The edge: the hub validates what it takes and answers with its own types.
      return JSON.parse(text) as T;
    } catch {
      throw new ApiError(
        response.status,
        undefined,
        `${method} ${response.url}: the answer is not JSON. Is the URL that of the hub?`,
      );
    }
  }

  async #send(method: 'GET' | 'POST', path: string, body: object | undefined): Promise<Response> {
    const { url, token, retries = 3, backoff = 200 } = this.#options;
    const target = `${url.replace(/\/$/, '')}/api/v1${path}`;
    for (let attempt = 0; ; attempt += 1) {
      const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
      try {
        return await fetch(target, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      } catch (cause) {
        // Only what never arrived, or whose repetition changes nothing.
        if (attempt >= retries || (method === 'POST' && !neverArrived(cause))) {
          throw new HubUnreachable(
            `${method} ${target}: no answer (${reason(cause)}). Is the hub deployed and the URL right?`,
            {
              cause,
            },
          );
        }
        await sleep(backoff * 2 ** attempt);
      }
    }
  }
}

/** Whether the connection could not be made at all. */
const neverArrived = (error: unknown): boolean => ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(reason(error));

/** `fetch` hides why it failed in `cause`. */
function reason(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error instanceof Error ? error.message : String(error);
}

function apiError(request: string, response: Response, text: string): ApiError {
  const problem = parseProblem(text);
  if (!problem) {
    // The gateway's own refusals are no problem documents: `{"message": "Unauthorized"}`.
    const hint = response.status === 401 ? ' The token is missing, expired, or of another issuer or audience.' : '';
    return new ApiError(response.status, undefined, `${request}: ${response.status} ${text.slice(0, 200)}.${hint}`);
  }
  const lines = [
    `${request}: ${problem.status} ${problem.title}`,
    ...(problem.detail ? [problem.detail] : []),
    ...(problem.errors ?? []).map(({ field, message }) => `  ${field}: ${message}`),
    ...(problem.remedy ? [`What to do: ${problem.remedy}`] : []),
    ...(problem.request_id ? [`Request id: ${problem.request_id}`] : []),
  ];
  return new ApiError(response.status, problem.code, lines.join('\n'));
}

function parseProblem(text: string): z.infer<typeof ProblemSchema> | undefined {
  try {
    return ProblemSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
