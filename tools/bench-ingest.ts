/**
 * How fast pushed batches are taken, and what memory that takes: `npm run bench:ingest [-- --nodes 500000 --rounds 3]`. Each
 * round is a run of a tenant of its own: batches of NDJSON over HTTP on loopback, through the routes, into the local server
 * (or the one that MONGODB_URI names). Sender and API share one process, the database is another.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import type { Db } from 'mongodb';
import { pushDeps } from '../lambdas/api/push-deps.ts';
import { PERMISSIONS } from '../lambdas/api/route.ts';
import { router } from '../lambdas/api/router.ts';
import { pushRoutes } from '../lambdas/api/routes/push.ts';
import type { PushInstance } from '../src/control/connector-instance.ts';
import { startPushRun } from '../src/runs/push-run.ts';
import { COLLECTIONS } from '../src/store/collections.ts';
import { CONNECTOR_INSTANCES } from '../src/store/connector-instances.ts';
import { connect, ensureIndexes } from '../src/store/database.ts';
import { scanRunStore } from '../src/store/scan-runs.ts';
import { startMongo } from './local/mongo.ts';

const SYSTEM = 'cmdb.example';
const WORKSPACE = 'bench';
/** Below 4 MB: a node of ten properties has about 500 bytes. */
const BATCH = 5_000;
/** Nodes between two looks at the memory. */
const LOOK = 50_000;

interface Round {
  readonly nodes_per_second: number;
  readonly seconds: number;
  /** Processor time of this process, sender and API together. */
  readonly cpu_seconds: number;
  /** Resident memory of the process at each look, in MB. */
  readonly rss_mb: readonly number[];
  /** Heap in use at each look, after collecting garbage where that is allowed, in MB. */
  readonly heap_mb: readonly number[];
}

/** A thing of ten properties. */
const node = (index: number): string =>
  JSON.stringify({
    kind: 'node',
    entity_type: 'servicenow_table',
    source_system_id: SYSTEM,
    source_record_id: `record-${index}`,
    display_name: `Record ${index}`,
    properties: {
      name: `record-${index}`,
      owner: `team-${index % 50}`,
      environment: index % 2 ? 'production' : 'development',
      created_at: '2026-01-01T00:00:00Z',
      description: `record ${index} of the estate`,
      enabled: index % 3 === 0,
      priority: index % 5,
      location: 'eu-west-1',
      tags: [{ key: 'data-classification', value: 'internal' }],
      cost_center: `cc-${index % 100}`,
    },
  });

const batch = (sequence: number, from: number, to: number): string => {
  const lines = [JSON.stringify({ sequence })];
  for (let index = from; index < to; index += 1) lines.push(node(index));
  return lines.join('\n');
};

const tokenOf = (tenant_id: string): string => {
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'bench', org_id: tenant_id, workspaces: [WORKSPACE], permissions: PERMISSIONS };
  return `${encoded({ alg: 'RS256' })}.${encoded(claims)}.signature`;
};

/** The routes of pushing behind HTTP; what the gateway checks is taken as checked. */
async function serve(db: Db): Promise<{ readonly url: string; readonly server: Server }> {
  const now = () => new Date();
  const app = router({
    routes: pushRoutes(pushDeps(db, { enqueueCells: async () => [], newId: randomUUID, now })),
    claims: { tenant: 'org_id', workspaces: 'workspaces', permissions: 'permissions' },
    ready: async () => true,
    count: async () => undefined,
    refused: async () => undefined,
    crashed: (error) => console.error(error),
  });
  const bindings = { event: { requestContext: { requestId: 'bench', authorizer: { jwt: { claims: {} } } } } };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await app.request(
      `http://127.0.0.1${request.url}`,
      {
        method: request.method ?? 'GET',
        headers: {
          authorization: request.headers.authorization ?? '',
          'content-type': request.headers['content-type'] ?? '',
        },
        body: Buffer.concat(chunks),
      },
      bindings,
    );
    response.statusCode = answer.status;
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server };
}

async function aRun(db: Db, tenant_id: string): Promise<string> {
  const instance: PushInstance = {
    _id: `instance-of-${tenant_id}`,
    tenant_id,
    workspace_id: WORKSPACE,
    connector_kind: 'push',
    display_name: 'bench',
    status: 'active',
    config: {},
    source_system_ids: [SYSTEM],
    discovered_capabilities: { service_categories_available: ['push'] },
    created_at: new Date().toISOString(),
    created_by: 'bench',
    last_seq: 1,
    version: 1,
  };
  await db.collection<PushInstance>(CONNECTOR_INSTANCES.name).insertOne(instance);
  const run = startPushRun(instance, {
    id: `run-of-${tenant_id}`,
    seq: 1,
    requested_by: 'bench',
    request_id: 'bench',
    now: new Date(),
  });
  await scanRunStore(db).create(run);
  return run._id;
}

async function oneRound(db: Db, url: string, nodes: number): Promise<Round> {
  const tenant_id = `bench-${randomUUID().slice(0, 8)}`;
  const run_id = await aRun(db, tenant_id);
  const headers = { authorization: `Bearer ${tokenOf(tenant_id)}`, 'content-type': 'application/x-ndjson' };
  const rss_mb: number[] = [];
  const heap_mb: number[] = [];
  const look = (): void => {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    rss_mb.push(Math.round(rss / 2 ** 20));
    heap_mb.push(Math.round(heapUsed / 2 ** 20));
  };
  let seconds = 0;
  const cpu = process.cpuUsage();
  for (let from = 0; from < nodes; from += BATCH) {
    const body = batch(from / BATCH, from, Math.min(from + BATCH, nodes));
    const began = performance.now();
    const answer = await fetch(`${url}/api/v1/scan-runs/${run_id}/batches`, { method: 'POST', headers, body });
    const text = await answer.text();
    seconds += (performance.now() - began) / 1_000;
    if (answer.status !== 202 || !text.includes('"rejected_count":0')) throw new Error(`${answer.status}: ${text}`);
    if ((from + BATCH) % LOOK === 0) look();
  }
  const { user, system } = process.cpuUsage(cpu);
  const cpu_seconds = (user + system) / 1e6;
  return { nodes_per_second: Math.round(nodes / seconds), seconds, cpu_seconds, rss_mb, heap_mb };
}

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};

const nodes = option('nodes', 500_000);
const rounds = option('rounds', 3);
const mongo = await startMongo();
const { client } = await connect(mongo.uri);
// A database of its own, since it is dropped: MONGODB_URI may name one that somebody needs.
const db = client.db(`throughline-bench-${randomUUID().slice(0, 8)}`);
await ensureIndexes(db, COLLECTIONS);
const { url, server } = await serve(db);
try {
  console.log(`${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, Node ${process.version}, database: ${mongo.kind}`);
  const rates: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const { nodes_per_second, seconds, cpu_seconds, rss_mb, heap_mb } = await oneRound(db, url, nodes);
    rates.push(nodes_per_second);
    console.log(
      `round ${round}: ${nodes_per_second} nodes/s (${nodes} in ${seconds.toFixed(1)} s; ${cpu_seconds.toFixed(1)} s of processor time of sender and API)`,
    );
    console.log(`  rss MB every ${LOOK}: ${rss_mb.join(' ')}`);
    console.log(`  heap MB every ${LOOK}: ${heap_mb.join(' ')}`);
    await db.dropDatabase();
    await ensureIndexes(db, COLLECTIONS);
  }
  const sorted = rates.toSorted((a, b) => a - b);
  console.log(`best ${sorted.at(-1)} nodes/s, median ${sorted[Math.floor(sorted.length / 2)]} nodes/s`);
} finally {
  server.closeAllConnections();
  server.close();
  await client.close();
  await mongo.stop();
}
