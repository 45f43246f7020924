import { setTimeout as sleep } from 'node:timers/promises';
import { apiError, gatewayError, HubUnreachable } from './api-error.ts';
import { boundedText, TooLong } from './bounded-text.ts';

/** How the hub is reached. */
export interface HubConnectionOptions {
  /** Up to the stage, without `/api/v1`. */
  readonly url: string;
  /** Asked before every request, so that a token may be renewed. */
  readonly token: () => string | Promise<string>;
  /** Times a request is sent again when no answer arrives or the hub fails. @default 3 */
  readonly retries?: number;
  /** Milliseconds before the first of them; doubled for each further one. @default 200 */
  readonly backoff?: number;
  /** Milliseconds that one answer may take to its last byte. @default 30,000 */
  readonly timeout?: number;
  /** Told before we wait because the hub asks us to slow down. */
  readonly waiting?: (seconds: number) => void;
}

/** What is asked of the hub. */
export interface HubRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: string;
  /** @default application/json */
  readonly content_type?: string;
  /** Sent as `Idempotency-Key`: the hub then takes the request a second time for the first. */
  readonly idempotency_key?: string;
  /** Whether it comes to the same when it is sent twice. @default true for all but POST, and with an idempotency key */
  readonly repeatable?: boolean;
}

/** The longest answer: a page of a list is far below, and the gateway gives no more than 10 MB. */
const LONGEST_ANSWER = 16 << 20;

/** The most that we wait when the hub asks us to slow down: seconds each time, and times. */
const LONGEST_WAIT = 60;
const MOST_WAITS = 5;

/** Sends requests to the hub and reads its answers. Nothing that it reads may hang it or fill its memory. */
export class HubConnection {
  readonly #options: HubConnectionOptions;

  constructor(options: HubConnectionOptions) {
    this.#options = options;
  }

  /** @throws ApiError where the answer is no success, HubUnreachable where there is none. */
  async call<T>(asked: HubRequest): Promise<T> {
    const { status, url, text } = await this.#answer(asked);
    const request = `${asked.method} ${asked.path}`;
    if (status < 200 || status >= 300) throw apiError(request, status, text);
    try {
      // The edge: the hub validates what it takes and answers with its own types.
      return JSON.parse(text) as T;
    } catch {
      throw gatewayError(request, status, `${url}: the answer is not JSON. Is the URL that of the hub?`);
    }
  }

  async #answer(asked: HubRequest): Promise<Answer> {
    const { retries = 3, backoff = 200 } = this.#options;
    const repeatable = asked.repeatable ?? (asked.method !== 'POST' || asked.idempotency_key !== undefined);
    let waits = 0;
    for (let attempt = 0; ; ) {
      const answer = await this.#once(asked);
      if (answer instanceof Error) {
        // Only what never arrived, or whose repetition changes nothing.
        if (attempt >= retries || !(repeatable || neverArrived(answer))) throw this.#unreachable(asked, answer);
      } else if (isWaitable(answer, repeatable) && waits < MOST_WAITS) {
        waits += 1;
        this.#options.waiting?.(answer.retry_after);
        await sleep(answer.retry_after * 1_000);
        continue;
      } else if (answer.status < 500 || attempt >= retries || !repeatable) {
        return answer;
      }
      await sleep(backoff * 2 ** attempt);
      attempt += 1;
    }
  }

  /** Returns the failure where no answer arrived. @throws what getting a token throws. */
  async #once(asked: HubRequest): Promise<Answer | Error> {
    const { timeout = 30_000 } = this.#options;
    const authorization = `Bearer ${await this.#options.token()}`;
    try {
      const response = await fetch(this.#target(asked), {
        method: asked.method,
        headers: {
          authorization,
          accept: 'application/json',
          'content-type': asked.content_type ?? 'application/json',
          ...(asked.idempotency_key !== undefined && { 'idempotency-key': asked.idempotency_key }),
        },
        ...(asked.body !== undefined && { body: asked.body }),
        // A hub sends nobody elsewhere: whoever does shall not get the token.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      });
      return {
        status: response.status,
        url: response.url,
        is_for_later: response.headers.has('retry-after'),
        retry_after: secondsOf(response.headers.get('retry-after')),
        text: await boundedText(response, LONGEST_ANSWER),
      };
    } catch (cause) {
      if (cause instanceof TooLong) {
        throw gatewayError(`${asked.method} ${asked.path}`, 200, `${cause.message}. Is the URL that of the hub?`);
      }
      return cause instanceof Error ? cause : new Error(String(cause));
    }
  }

  #unreachable(asked: HubRequest, cause: Error): HubUnreachable {
    const { timeout = 30_000 } = this.#options;
    const isLate = cause.name === 'TimeoutError';
    const why = isLate ? `not complete after ${timeout / 1_000} s` : reason(cause);
    const hint = isLate
      ? 'It may have been done all the same. Try again, or with a larger --timeout.'
      : 'Is the hub deployed and the URL right?';
    return new HubUnreachable(`${asked.method} ${this.#target(asked)}: no answer (${why}). ${hint}`, { cause });
  }

  #target = ({ path }: HubRequest): string => `${this.#options.url.replace(/\/$/, '')}/api/v1${path}`;
}

interface Answer {
  readonly status: number;
  readonly url: string;
  /** Whether it says when to ask again. */
  readonly is_for_later: boolean;
  /** Seconds; 1 where it does not say. */
  readonly retry_after: number;
  readonly text: string;
}

/**
 * Whether to ask again after a while: we were too fast (that was not begun), or somebody else is at it and the hub says when
 * they will be done.
 */
const isWaitable = ({ status, is_for_later, retry_after }: Answer, repeatable: boolean): boolean =>
  retry_after <= LONGEST_WAIT && (status === 429 || (status === 409 && is_for_later && repeatable));

/** `Retry-After`: seconds, or the time. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function secondsOf(header: string | null): number {
  if (header === null) return 1;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? 1 : Math.max(0, Math.ceil(seconds));
}

/** Whether the connection could not be made at all. */
const neverArrived = (error: unknown): boolean => ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(reason(error));

/** `fetch` hides why it failed in `cause`. */
function reason(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error instanceof Error ? error.message : String(error);
}
