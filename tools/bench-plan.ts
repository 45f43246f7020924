/**
 * How long planning a run of many cells takes, and how much memory: `npm run bench:plan [-- accounts [categories]]`. By default
 * 1,000 accounts with 12 categories, as an organization whose discovery has just ended. Plans in a process of its own, against
 * the local server (or MONGODB_URI) and a queue that takes ten messages in a call and answers after ten milliseconds.
 * Fails where it takes 60 seconds or 256 MB.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Db } from 'mongodb';
import * as z from 'zod';
import { externalIdOf } from '../src/control/connector-instance.ts';
import type { ScanScope } from '../src/control/scan-scope.ts';
import { cellId, cellKey } from '../src/runs/cell.ts';
import { startRun } from '../src/runs/run.ts';
import { CELLS } from '../src/store/cells.ts';
import { COLLECTIONS } from '../src/store/collections.ts';
import { CONNECTOR_INSTANCES } from '../src/store/connector-instances.ts';
import { connect, ensureIndexes } from '../src/store/database.ts';
import { ENTITIES } from '../src/store/entities.ts';
import { SCAN_RUNS } from '../src/store/scan-runs.ts';
import { SCAN_SCOPES } from '../src/store/scan-scopes.ts';
import { startMongo, withDatabase } from './local/mongo.ts';

const [accounts = 1_000, categories = 12] = process.argv.slice(2).map(Number);
const MOST_SECONDS = 60;
const MOST_MB = 256;
/** Milliseconds that a call of the queue takes. */
const QUEUE_DELAY = 10;

const TENANCY = { tenant_id: 'bench', workspace_id: 'bench' };
const MANAGEMENT = '100000000000';
const RUN = 'run-1';
const now = new Date();
const at = now.toISOString();

/** An instance whose discovery has found its accounts, and a run that waits for the rest of its plan. */
async function prepare(db: Db): Promise<void> {
  await ensureIndexes(db, COLLECTIONS);
  const made = { ...TENANCY, created_at: at, created_by: 'bench', version: 1 };
  const scope: ScanScope = {
    ...made,
    _id: 'scope-1',
    instance_id: 'instance-1',
    scope_keys: { account_ids: [], regions: [] },
    service_categories: Array.from({ length: categories }, (_, index) => `aws_category_${index}`),
    enabled: true,
  };
  const instance = {
    ...made,
    _id: 'instance-1',
    connector_kind: 'aws',
    display_name: 'bench',
    status: 'active',
    config: { mode: 'organization', regions: ['eu-west-1', 'us-east-1', 'us-west-2'] },
    external_id: externalIdOf(MANAGEMENT, TENANCY.tenant_id),
    source_system_ids: [],
    discovered_capabilities: { service_categories_available: scope.service_categories },
    last_seq: 1,
  };
  const request = { id: RUN, seq: 1, trigger: 'manual', requested_by: 'bench', request_id: 'bench', now } as const;
  const key = cellKey('aws_organizations', MANAGEMENT);
  const discovery = { ...TENANCY, _id: cellId(RUN, key), run_id: RUN, key, status: 'succeeded' };
  const run = { ...startRun(scope, instance, request), status: 'running', started_at: at };
  const documents: readonly (readonly [string, { readonly _id: string }])[] = [
    [CONNECTOR_INSTANCES.name, instance],
    [SCAN_SCOPES.name, scope],
    [SCAN_RUNS.name, run],
    [CELLS.name, discovery],
  ];
  for (const [name, document] of documents) await db.collection<{ _id: string }>(name).insertOne({ ...document });
  await db.collection<{ _id: string }>(ENTITIES.name).insertMany(
    Array.from({ length: accounts }, (_, index) => ({
      _id: `account-${index}`,
      ...TENANCY,
      entity_type: 'aws_account',
      properties: { account_id: String(200_000_000_000 + index), status: 'ACTIVE' },
      claims: [{ by: { instance_id: 'instance-1', cell: key, collector: 'organizations.accounts', region: 'global' } }],
    })),
  );
}

/** A queue that takes everything, and counts it. */
async function startSink(): Promise<{ server: Server; url: string; taken: () => number }> {
  const Batch = z.object({ Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })) });
  let taken = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { Entries } = Batch.parse(JSON.parse(body));
    taken += Entries.length;
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      // The SDK compares it.
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    setTimeout(() => {
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify({ Successful, Failed: [] }));
    }, QUEUE_DELAY);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sink has no port');
  return { server, url: `http://127.0.0.1:${address.port}`, taken: () => taken };
}

const Planned = z.object({ outcome: z.literal('planned'), seconds: z.number(), peak_mb: z.number() });

const mongo = await startMongo();
const uri = withDatabase(mongo.uri, `bench-${randomUUID().slice(0, 8)}`);
const { client, db } = await connect(uri);
const sink = await startSink();
try {
  await prepare(db);
  const child = path.join(import.meta.dirname, 'bench/planning.ts');
  const args = [child, uri, sink.url, TENANCY.tenant_id, TENANCY.workspace_id, RUN, MANAGEMENT];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { seconds, peak_mb } = Planned.parse(JSON.parse(stdout));
  const cells = await db.collection(CELLS.name).countDocuments({ run_id: RUN });
  const sent = await db.collection(CELLS.name).countDocuments({ run_id: RUN, sent_at: { $exists: true } });
  const within = seconds < MOST_SECONDS && peak_mb < MOST_MB;
  process.stdout.write(
    [
      `planned ${cells} cells of ${accounts} accounts, sent ${sent} (the queue took ${sink.taken()}); server: ${mongo.kind}`,
      `time:        ${seconds.toFixed(1)} s (at most ${MOST_SECONDS})`,
      `peak memory: ${peak_mb.toFixed(0)} MB resident, Node itself included (at most ${MOST_MB})`,
      '',
    ].join('\n'),
  );
  if (!within || sent !== accounts * categories + 1 || sink.taken() !== sent) process.exitCode = 1;
} finally {
  await db.dropDatabase();
  await client.close();
  sink.server.close();
  await mongo.stop();
}
