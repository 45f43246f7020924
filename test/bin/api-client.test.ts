import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../bin/api-client.ts';
import type { HubConnectionOptions } from '../../bin/hub-connection.ts';
import { listen } from '../../tools/local/ports.ts';

/** What a fake hub does with a request: a status and a body; `cut` ends the connection, `hang` never answers, `drip` never ends. */
type Answer =
  | { readonly status: number; readonly body: unknown; readonly headers?: OutgoingHttpHeaders }
  | 'cut'
  | 'hang'
  | 'drip';

interface AskedHub {
  readonly url: string;
  readonly asked: string[];
  readonly keys: (string | string[] | undefined)[];
}

const servers: Server[] = [];

/** A hub that gives these answers, one after the other, and notes what it was asked. */
async function aHub(answers: readonly Answer[]): Promise<AskedHub> {
  const asked: string[] = [];
  const keys: AskedHub['keys'] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const answer = answers[asked.length] ?? 'cut';
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    keys.push(request.headers['idempotency-key']);
    if (answer === 'hang') return;
    if (answer === 'cut') {
      request.socket.destroy();
      return;
    }
    if (answer === 'drip') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drops = setInterval(() => response.write('['), 10);
      response.once('close', () => clearInterval(drops));
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  servers.push(server);
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/stage`, asked, keys };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const client = (url: string, more: Partial<HubConnectionOptions> = {}): ApiClient =>
  new ApiClient({ url, token: () => 't', backoff: 1, ...more });

describe('the API client', () => {
  it('follows the cursor to the last page', async () => {
    const { url, asked } = await aHub([
      { status: 200, body: { items: [{ _id: 'a' }], next_cursor: 'c/1' } },
      { status: 200, body: { items: [{ _id: 'b' }] } },
    ]);
    const paths = await client(url).listPaths({ crosses_account_boundary: true });
    expect(paths.map(({ _id }) => _id)).toEqual(['a', 'b']);
    expect(asked).toEqual([
      'GET /stage/api/v1/paths?limit=200&crosses_account_boundary=true Bearer t',
      'GET /stage/api/v1/paths?limit=200&cursor=c%2F1&crosses_account_boundary=true Bearer t',
    ]);
  });

  it('says what happened, in which field, and what to do', async () => {
    const { url } = await aHub([
      {
        status: 400,
        body: {
          title: 'The request body is not valid',
          status: 400,
          detail: 'scope_id: must be text',
          code: 'body_invalid',
          remedy: 'Correct it.',
          request_id: 'r-1',
          errors: [{ field: 'scope_id', message: 'must be text' }],
        },
      },
    ]);
    const failure = client(url).startRun('s');
    await expect(failure).rejects.toMatchObject({ name: 'ApiError', status: 400, code: 'body_invalid' });
    await expect(failure).rejects.toThrow(
      /400 The request body is not valid[\s\S]*scope_id: must be text[\s\S]*What to do: Correct it\.[\s\S]*r-1/,
    );
  });

  it("explains the gateway's own refusal", async () => {
    const { url } = await aHub([{ status: 401, body: { message: 'Unauthorized' } }]);
    await expect(client(url).listRuns()).rejects.toThrow(/401.*Unauthorized.*expired/);
  });

  it('does not choke on an answer that is no JSON', async () => {
    const { url } = await aHub([{ status: 502, body: '<html>bad gateway</html>' }]);
    await expect(client(url, { retries: 0 }).listRuns()).rejects.toMatchObject({ status: 502, code: undefined });
  });

  it('reads again when the connection was cut', async () => {
    const { url, asked } = await aHub(['cut', 'cut', { status: 200, body: { _id: 'r' } }]);
    await expect(client(url).getRun('r')).resolves.toEqual({ _id: 'r' });
    expect(asked).toHaveLength(3);
  });

  it('sends what makes something again with the same key, so that it is made once', async () => {
    const failing = { status: 503, body: { message: 'Service Unavailable' } };
    const { url, asked, keys } = await aHub(['cut', failing, { status: 202, body: { _id: 'r' } }]);
    await expect(client(url).startRun('s')).resolves.toEqual({ _id: 'r' });
    expect(asked).toHaveLength(3);
    expect(new Set(keys)).toEqual(new Set([expect.stringMatching(/^[0-9a-f-]{36}$/)]));
  });

  it('makes two things of two calls', async () => {
    const made = { status: 202, body: { _id: 'r' } };
    const { url, keys } = await aHub([made, made]);
    await client(url).startRun('s');
    await client(url).startRun('s');
    expect(new Set(keys).size).toBe(2);
  });

  it('does not send again what would be another act: a release', async () => {
    const { url, asked } = await aHub(['cut', { status: 202, body: {} }]);
    await expect(client(url).releaseCell('r', 'aws_iam:111111111111')).rejects.toThrow(/no answer/);
    expect(asked).toHaveLength(1);
  });

  it('does not repeat what was refused', async () => {
    const { url, asked } = await aHub([{ status: 409, body: { title: 'It does not fit', status: 409 } }]);
    await expect(client(url).startRun('s')).rejects.toThrow(/It does not fit/);
    expect(asked).toHaveLength(1);
  });

  it('gives up on a hub that fails each time, with what it says', async () => {
    const failing = { status: 500, body: { title: 'Something went wrong', status: 500, code: 'internal_error' } };
    const { url, asked } = await aHub(Array.from({ length: 9 }, () => failing));
    await expect(client(url).getRun('r')).rejects.toMatchObject({ status: 500, code: 'internal_error' });
    expect(asked).toHaveLength(4);
  });

  it('tells when nobody listens', async () => {
    const { url } = await aHub([]);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(client(url).startRun('s')).rejects.toThrow(/ECONNREFUSED.*Is the hub deployed/);
  });
});

describe('a hub that asks to slow down', () => {
  const slowDown = (retry_after?: string): Answer => ({
    status: 429,
    body: { title: 'Too many', status: 429, code: 'rate_limited' },
    ...(retry_after !== undefined && { headers: { 'retry-after': retry_after } }),
  });

  it('is obeyed, also where the request makes something', async () => {
    const waited: number[] = [];
    const { url, asked } = await aHub([slowDown('1'), slowDown('0'), { status: 202, body: { _id: 'r' } }]);
    const from = performance.now();
    await client(url, { waiting: (seconds) => waited.push(seconds) }).startRun('s');
    expect(performance.now() - from).toBeGreaterThan(950);
    expect(waited).toEqual([1, 0]);
    expect(asked).toHaveLength(3);
  });

  it('is obeyed where it names a time', async () => {
    const waited: number[] = [];
    const soon = new Date(Date.now() + 1_500).toUTCString();
    const { url } = await aHub([slowDown(soon), { status: 200, body: { _id: 'r' } }]);
    await client(url, { waiting: (seconds) => waited.push(seconds) }).getRun('r');
    expect(waited[0]).toBeLessThanOrEqual(2);
  });

  it('for an hour is not waited for, and one that never has enough is not asked forever', async () => {
    const { url, asked } = await aHub([slowDown('3600'), ...Array.from({ length: 20 }, () => slowDown('0'))]);
    await expect(client(url).getRun('r')).rejects.toMatchObject({ status: 429, code: 'rate_limited' });
    expect(asked).toHaveLength(1);
    await expect(client(url).getRun('r')).rejects.toMatchObject({ status: 429 });
    expect(asked).toHaveLength(7);
  });
});

describe('answers that no hub gives', () => {
  it('one that never comes ends with what to do', async () => {
    const { url, asked } = await aHub(['hang', 'hang']);
    await expect(client(url, { timeout: 50, retries: 1 }).getRun('r')).rejects.toThrow(
      /no answer \(not complete after 0\.05 s\).*--timeout/,
    );
    expect(asked).toHaveLength(2);
  });

  it('one that never ends is cut off', async () => {
    const { url } = await aHub(['drip']);
    await expect(client(url, { timeout: 100, retries: 0 }).getRun('r')).rejects.toThrow(/not complete after 0\.1 s/);
  });

  it('one that is too long is not read', async () => {
    const { url, asked } = await aHub([{ status: 200, body: '['.repeat(17 << 20) }]);
    await expect(client(url).getRun('r')).rejects.toThrow(/more than 16 MB. Is the URL that of the hub/);
    expect(asked).toHaveLength(1);
  });

  it('a page of a web server is no answer', async () => {
    const { url } = await aHub([{ status: 200, body: '<html>' }]);
    await expect(client(url).getRun('r')).rejects.toThrow(/not JSON. Is the URL that of the hub/);
  });

  it('a redirect gets no token', async () => {
    const elsewhere = await aHub([{ status: 200, body: {} }]);
    const { url } = await aHub([{ status: 302, body: '', headers: { location: elsewhere.url } }]);
    await expect(client(url).getRun('r')).rejects.toThrow(/302.*sends nobody elsewhere/);
    expect(elsewhere.asked).toEqual([]);
  });

  it('words that would move the cursor are made plain', async () => {
    const { url } = await aHub([{ status: 404, body: { title: 'a\u001b[2Jb\u0007', status: 404 } }]);
    await expect(client(url).getRun('r')).rejects.toThrow(/404 a \[2Jb/);
  });

  it('a list that goes round in circles ends', async () => {
    const page = { status: 200, body: { items: [{ _id: 'a' }], next_cursor: 'c' } };
    const { url, asked } = await aHub([page, page, page, page]);
    await expect(client(url).listPaths()).rejects.toThrow(/circles at cursor c/);
    expect(asked).toHaveLength(2);
  });
});
