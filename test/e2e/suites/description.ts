import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../lambdas/api/route.ts';
import { RATE_WINDOWS } from '../../../src/store/rate-windows.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { CHECKOUT, LOCAL } from '../../../tools/local/checkout.ts';

const DESCRIPTION = path.join(CHECKOUT, 'docs/openapi.json');
const SCHEMATHESIS = path.join(LOCAL, 'schemathesis/bin/schemathesis');
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];
const MOST_REQUESTS = 1_000;
/** Milliseconds that one run of it may take; it takes half of that on two cores with nothing else to do. */
const LONGEST = 75_000;
/** Somebody whose data is in nobody's way. */
const GUEST = 'schemathesis';

/** Tries every operation of the description with what it allows and with what it forbids. */
export const descriptionSuite = (up: () => Stage): unknown =>
  describe('tried by its own description', () => {
    it('serves the description that is committed', async () => {
      const { hub } = up();
      const response = await fetch(`${hub.api_url}/api/v1/openapi.json`, {
        headers: { authorization: `Bearer ${await hub.token({ permissions: [] })}` },
      });
      expect(await response.json()).toEqual(JSON.parse(readFileSync(DESCRIPTION, 'utf8')));
    });

    it('never fails and never answers what it does not describe', { timeout: 150_000 }, async () => {
      const { hub } = up();
      const guest = await hub.token({ org_id: GUEST, sub: GUEST, permissions: [...PERMISSIONS] });
      await makeSomething(up(), guest);
      const began = performance.now();
      // Their own data, which they may change; then what a scan found, which a reader may look at.
      const ours = await hub.token({ sub: GUEST, permissions: PERMISSIONS.filter((one) => one.endsWith(':read')) });
      const before = await requests(up());
      const found = [await tried(up(), guest, 12), await tried(up(), ours, 4)];
      const sent = (await requests(up())) - before;
      console.log(`schemathesis: ${sent} requests in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
      expect(found.map(({ code, output }) => (code === 0 ? '' : output))).toEqual(['', '']);
      expect(sent).toBeGreaterThan(MOST_REQUESTS / 4);
      expect(sent).toBeLessThanOrEqual(MOST_REQUESTS);
    });
  });

/** Real ids to begin with, from which the links of the description lead on. The account is nobody's: nothing can be scanned in it. */
async function makeSomething({ hub }: Stage, token: string): Promise<void> {
  const post = async (where: string, body: unknown): Promise<string> => {
    const response = await fetch(`${hub.api_url}/api/v1${where}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { _id } = Object(await response.json());
    expect([where, response.ok, typeof _id]).toEqual([where, true, 'string']);
    return _id;
  };
  const instance_id = await post('/connector-instances', {
    connector_kind: 'aws',
    display_name: 'nobody',
    config: { mode: 'accounts', account_ids: ['999988887777'], regions: ['eu-west-1'] },
  });
  await post('/connector-instances', {
    connector_kind: 'push',
    display_name: 'pushes',
    config: {},
    source_system_ids: ['servicenow:guest'],
  });
  const scope_id = await post('/scan-scopes', { instance_id, scope_keys: {}, service_categories: ['aws_s3'] });
  await post('/scan-runs', { scope_id });
}

/** One run of schemathesis over all operations, at most so many cases for each. */
async function tried(
  { hub, services }: Stage,
  token: string,
  examples: number,
): Promise<{ readonly code: number; readonly output: string }> {
  if (!existsSync(SCHEMATHESIS)) throw new Error('schemathesis is not there: node tools/run.mjs --setup-only');
  const args = [
    ...['--config-file', path.join(CHECKOUT, 'test/e2e/schemathesis.toml'), 'run', DESCRIPTION],
    ...['--url', hub.api_url, '--tls-verify', services.aws.caFile, '--header', `Authorization: Bearer ${token}`],
    ...['--phases', 'fuzzing,stateful', '--checks', CHECKS.join(',')],
    ...['--max-examples', String(examples), '--seed', '1'],
    ...['--generation-database', 'none', '--generation-codec', 'ascii', '--workers', '2', '--request-timeout', '29'],
    ...['--suppress-health-check', 'all', '--continue-on-failure', '--no-shrink', '--no-color'],
  ];
  // On a leash: it ends with the services, whatever becomes of this test.
  const child = services.run.start(`schemathesis-${examples}`, SCHEMATHESIS, args, { cwd: services.run.file('.') });
  let late = '';
  const timer = setTimeout(() => {
    late = `schemathesis was not done after ${LONGEST / 1_000} s`;
    void child.stop();
  }, LONGEST);
  const { code } = await child.exited;
  clearTimeout(timer);
  return { code: late === '' ? (code ?? 1) : 1, output: readFileSync(child.log, 'utf8') + late };
}

/** Requests that the hub has counted so far, over all tenants. */
async function requests({ services }: Stage): Promise<number> {
  const client = await MongoClient.connect(services.mongo.uri);
  try {
    const windows = await client.db().collection(RATE_WINDOWS.name).find().toArray();
    return windows.reduce((sum, window) => sum + Number(window.requests), 0);
  } finally {
    await client.close();
  }
}
