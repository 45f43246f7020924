import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../bin/api-client.ts';

/** What a fake hub answers: a status and a body; `cut` ends the connection instead. */
type Answer = { readonly status: number; readonly body: unknown } | 'cut';

const servers: Server[] = [];

/** A hub that gives these answers, one after the other, and notes what it was asked. */
async function aHub(answers: readonly Answer[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const answer = answers[asked.length] ?? 'cut';
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    if (answer === 'cut') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/stage`, asked };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const client = (url: string): ApiClient => new ApiClient({ url, token: () => 't', backoff: 1 });

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
    await expect(client(url).listRuns()).rejects.toMatchObject({ status: 502, code: undefined });
  });

  it('reads again when the connection was cut', async () => {
    const { url, asked } = await aHub(['cut', 'cut', { status: 200, body: { _id: 'r' } }]);
    await expect(client(url).getRun('r')).resolves.toEqual({ _id: 'r' });
    expect(asked).toHaveLength(3);
  });

  it('does not start a second run when the answer to the first was cut', async () => {
    const { url, asked } = await aHub(['cut', { status: 202, body: { _id: 'r' } }]);
    await expect(client(url).startRun('s')).rejects.toThrow(/no answer/);
    expect(asked).toHaveLength(1);
  });

  it('does not read again what was refused', async () => {
    const { url, asked } = await aHub([{ status: 500, body: { title: 'Something went wrong', status: 500 } }]);
    await expect(client(url).getRun('r')).rejects.toThrow(/Something went wrong/);
    expect(asked).toHaveLength(1);
  });

  it('tells when nobody listens', async () => {
    const { url } = await aHub([]);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(client(url).startRun('s')).rejects.toThrow(/ECONNREFUSED.*Is the hub deployed/);
  });
});
