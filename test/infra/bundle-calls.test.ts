import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BUNDLE_FILE, bundle, ROOT } from '../../lib/bundle/bundle.ts';
import { listen } from '../../tools/local/ports.ts';

const run = promisify(execFile);
const NODE_24 = path.join(ROOT, 'node_modules/.bin/node');
const folder = mkdtempSync(path.join(tmpdir(), 'hub-calls-'));

/** An AWS that takes messages and has no secret: what a function meets before its database is connected. */
const sent: string[] = [];
let server: Server;
let endpoint: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const action = String(request.headers['x-amz-target']);
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      if (action === 'AmazonSQS.SendMessage') {
        sent.push(body.MessageBody);
        const md5 = createHash('md5').update(body.MessageBody).digest('hex');
        response.end(JSON.stringify({ MessageId: '1', MD5OfMessageBody: md5 }));
      } else if (action === 'AmazonSQS.ChangeMessageVisibility') response.end('{}');
      else {
        response.statusCode = 400;
        response.end(JSON.stringify({ __type: 'ResourceNotFoundException', message: 'there is no such secret' }));
      }
    });
  });
  endpoint = `http://127.0.0.1:${await listen(server)}`;
});
beforeEach(() => sent.splice(0));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const environment = (): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: 'eu-west-1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  MONGODB_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:x',
  PLAN_QUEUE_URL: `${endpoint}/1/plan.fifo`,
  CELL_QUEUE_URL: `${endpoint}/1/cells.fifo`,
  STITCH_QUEUE_URL: `${endpoint}/1/stitch.fifo`,
  DEAD_LETTER_QUEUE_URL: `${endpoint}/1/dead.fifo`,
  EVENT_BUS_NAME: 'bus',
  HUB_ACCOUNT_ID: '111111111111',
  SPOKE_ROLE_NAME: 'SecurityV0ReadOnly',
  PART_SIZE: '1000',
  STITCH_DELAY_SECONDS: '1',
  STITCH_PATIENCE_SECONDS: '1',
  STITCH_MAX_HOPS: '8',
  STITCH_MAX_ALTERNATIVES: '10',
  MAX_DOCUMENTS: '1000',
  REQUESTS_PER_MINUTE: '600',
  SOURCE_HOSTS: JSON.stringify({ servicenow: [], foundry: [] }),
  CHECK_AWS_FUNCTION: 'check-aws',
  CHECK_SOURCES_FUNCTION: 'check-sources',
  ASK_GRAPH_FUNCTION: 'ask-graph',
  STITCH_FUNCTION: 'stitch',
  TENANT_CLAIM: 'org_id',
  WORKSPACES_CLAIM: 'workspaces',
  PERMISSIONS_CLAIM: 'permissions',
});

/** Calls a bundle's handler once, in a Node of its own, and gives what it answers or what it fails with. */
async function call(duty: string, event: unknown): Promise<{ answer?: unknown; failure?: string }> {
  bundle(duty, path.join(folder, duty));
  const file = path.join(folder, duty, BUNDLE_FILE);
  const script = `
    const { handler } = await import(${JSON.stringify(file)});
    const context = { getRemainingTimeInMillis: () => 60_000 };
    const said = await handler(${JSON.stringify(event)}, context).then((answer) => ({ answer }), (e) => ({ failure: String(e) }));
    process.stdout.write('\\n' + JSON.stringify(said));
    process.exit(0);`;
  const { stdout } = await run(NODE_24, ['--input-type=module', '--eval', script], { env: environment() });
  return JSON.parse(stdout.split('\n').at(-1) ?? '{}');
}

const httpEvent = (rawPath: string) => ({
  version: '2.0',
  rawPath,
  rawQueryString: '',
  headers: {},
  isBase64Encoded: false,
  requestContext: { requestId: 'r', domainName: 'x', http: { method: 'GET', path: rawPath } },
});

const queueEvent = (body: string) => ({
  Records: [{ messageId: '1', receiptHandle: 'h', body, attributes: { MessageGroupId: 'g' } }],
});

describe('a bundle that is called before its database is there', () => {
  test('of the API lives, is not ready, and looks at no request', async () => {
    expect((await call('api', httpEvent('/health'))).answer).toMatchObject({
      statusCode: 200,
      body: '{"status":"ok"}',
    });
    expect((await call('api', httpEvent('/ready'))).answer).toMatchObject({ statusCode: 503 });
    const refused = await call('api', httpEvent('/api/v1/scan-runs'));
    expect(refused.answer).toMatchObject({ statusCode: 503, body: expect.stringContaining('"code":"not_ready"') });
  });

  test.each(['plan-run', 'collect-aws', 'stitch'])('of %s sets a foreign message aside all the same', async (duty) => {
    expect(await call(duty, queueEvent('good morning'))).toEqual({ answer: { batchItemFailures: [] } });
    expect(sent).toEqual(['good morning']);
  });

  test.each([
    ['plan-run', { tenant_id: 't', workspace_id: 'w', run_id: 'r', send_no: 0 }],
    ['collect-aws', { tenant_id: 't', workspace_id: 'w', run_id: 'r', cell_id: 'c', part: 0, send_no: 0 }],
    ['stitch', { tenant_id: 't', generation: 1 }],
  ])('of %s fails a message of ours, so that it comes again', async (duty, message) => {
    expect((await call(duty, queueEvent(JSON.stringify(message)))).failure).toContain('ResourceNotFoundException');
    expect(sent).toEqual([]);
  });

  test.each([
    ['tick', {}],
    ['check-aws', { tenant_id: 't', workspace_id: 'w', instance_id: 'i', request_id: 'r' }],
    ['check-sources', { tenant_id: 't', workspace_id: 'w', instance_id: 'i', request_id: 'r' }],
    ['request-stitch', { detail: { tenant_id: 't', run_id: 'r', wrote: true } }],
  ])('of %s fails, so that an alarm sees it', async (duty, event) => {
    expect((await call(duty, event)).failure).toContain('ResourceNotFoundException');
  });
});
