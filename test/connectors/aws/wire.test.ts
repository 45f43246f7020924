import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { awsConnector } from '../../../src/connectors/aws/connector.ts';
import { observe } from '../observed.ts';
import { SESSION } from './fake-aws.ts';

let server: Server | undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
});

/** An endpoint on a real socket: what Node and the SDK make of a broken answer cannot be faked. */
async function endpoint(answer: (response: ServerResponse) => void): Promise<string> {
  server = createServer((request, response) => {
    const chunks: string[] = [];
    request.on('data', (chunk) => chunks.push(String(chunk)));
    request.on('end', () => (chunks.join('').includes('AssumeRole') ? response.end(SESSION) : answer(response)));
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

const begin = (response: ServerResponse) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"TableNa');
};

const cut = (response: ServerResponse) => {
  begin(response);
  setTimeout(() => response.destroy(), 20);
};

it.each<[string, (response: ServerResponse) => void, string]>([
  ['cut in the middle', cut, 'source_unreachable'],
  ['that never goes on', begin, 'timeout'],
  ['that never begins', () => undefined, 'timeout'],
  ['that is a closed socket', (response) => response.destroy(), 'source_unreachable'],
])('an answer %s is a gap', async (_, answer, code) => {
  vi.stubEnv('AWS_ENDPOINT_URL', await endpoint(answer));
  const connector = awsConnector({
    region: 'eu-west-1',
    spoke_role_name: 'SecurityV0ReadOnly',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    max_attempts: 1,
    request_timeout: 200,
  });
  const source = await connector.open({
    category: 'aws_dynamodb_sns',
    account_id: '111111111111',
    regions: ['eu-west-1'],
    external_id: 'x',
    session_name: 'run',
  });
  const { gaps, row } = await observe(source.run({ collector: 'dynamodb.tables', region: 'eu-west-1' }));
  source.close();
  expect(gaps).toEqual([expect.objectContaining({ code, action: 'dynamodb:ListTables' })]);
  expect(row.status).toBe('failed');
});
