/**
 * How many observations a second the inventory applies: `node tools/bench-inventory.ts [roles]`. Starts the local server
 * unless MONGODB_URI names one; works in a database of its own and drops it.
 */
import { randomUUID } from 'node:crypto';
import { beginPart } from '../src/inventory/apply.ts';
import type { CellContext } from '../src/inventory/context.ts';
import { removeUnseen } from '../src/inventory/removal.ts';
import type { InventoryStores } from '../src/inventory/stores.ts';
import type { EntityRef, Observation } from '../src/observations/observation.ts';
import { COLLECTIONS } from '../src/store/collections.ts';
import { connect, ensureIndexes } from '../src/store/database.ts';
import { inventoryStores } from '../src/store/inventory.ts';
import { startMongo } from './local/mongo.ts';

const ACCOUNT = '111111111111';
const TASK = { collector: 'iam.authorization-details', region: 'global' };
const API = 'iam:GetAccountAuthorizationDetails';

const aws = (entity_type: EntityRef['entity_type'], account: string, resource: string): EntityRef => ({
  entity_type,
  source_system_id: `aws:${account}`,
  source_record_id: `arn:aws:iam::${account}:${resource}`,
});

/** An account of roles, each with a policy of its own, a trust from one of a hundred accounts, and one document in ten shared. */
function* estate(roles: number, description: (index: number) => string): Generator<Observation> {
  for (let index = 0; index < roles; index += 1) {
    const role = aws('aws_iam_role', ACCOUNT, `role/app/role-${index}`);
    const policy = aws('aws_iam_policy', ACCOUNT, `policy/policy-${index}`);
    const trusted = aws('external_aws_account', `2222222222${String(index % 100).padStart(2, '0')}`, 'root');
    const hash = `document-${index % Math.ceil(roles / 10)}`;
    yield { kind: 'policy_document', hash, document: { Statement: [{ Action: '*', Resource: hash }] } };
    yield node(role, { path: '/app/', description: description(index), trustPolicyHash: hash, max_session: 3_600 });
    yield node(policy, { path: '/', document_hash: hash });
    yield edge('HAS_POLICY', role, role, policy, `AttachedManagedPolicies[${policy.source_record_id}]`);
    yield edge(
      'TRUSTS',
      role,
      trusted,
      role,
      `AssumeRolePolicyDocument.Statement[x].Principal.AWS[${trusted.source_record_id}]`,
    );
  }
}

const node = (ref: EntityRef, properties: Record<string, string | number>): Observation => ({
  kind: 'node',
  ...ref,
  display_name: ref.source_record_id,
  properties,
  api: API,
});

const edge = (
  edge_type: 'HAS_POLICY' | 'TRUSTS',
  stating: EntityRef,
  from: EntityRef,
  to: EntityRef,
  path: string,
): Observation => ({
  kind: 'edge',
  edge_type,
  from,
  to,
  stated_by: {
    source_system_id: stating.source_system_id,
    source_record_id: stating.source_record_id,
    source_field_path: path,
  },
  properties: { boundary: 'external' },
  api: API,
});

const context = (seq: number): CellContext => ({
  tenant_id: 'bench',
  workspace_id: 'bench',
  instance_id: 'bench',
  run_id: `run-${seq}`,
  seq,
  cell_id: `run-${seq}/aws_iam:${ACCOUNT}`,
  cell: `aws_iam:${ACCOUNT}`,
  part: 0,
  observed_at: new Date(Date.UTC(2026, 0, 1, 0, seq)).toISOString(),
  still_mine: () => true,
});

async function measured(
  stores: InventoryStores,
  name: string,
  seq: number,
  facts: Iterable<Observation>,
): Promise<void> {
  const begun = performance.now();
  const part = await beginPart(stores, context(seq));
  const { observed, counts } = await part.apply(TASK, facts);
  const applied = performance.now();
  const removal = await removeUnseen(stores, context(seq), [{ ...TASK, status: 'complete' }], { force: true });
  const removed = performance.now();
  const rate = Math.round(observed / ((applied - begun) / 1_000));
  const heap = Math.round(process.memoryUsage().rss / 2 ** 20);
  console.log(
    `${name.padEnd(12)} ${String(rate).padStart(7)} nodes and edges/s  ${JSON.stringify(counts)}  removal ${Math.round(removed - applied)} ms (${removal.removed} removed)  rss ${heap} MB`,
  );
}

const roles = Number(process.argv[2] ?? 5_000);
const mongo = await startMongo();
const { client } = await connect(mongo.uri);
const db = client.db(`bench-${randomUUID().slice(0, 8)}`);
try {
  await ensureIndexes(db, COLLECTIONS);
  const stores = inventoryStores(db);
  await measured(
    stores,
    'new',
    1,
    estate(roles, () => 'first'),
  );
  await measured(
    stores,
    'unchanged',
    2,
    estate(roles, () => 'first'),
  );
  await measured(
    stores,
    'one in ten',
    3,
    estate(roles, (index) => (index % 10 ? 'first' : 'second')),
  );
  await measured(
    stores,
    'half gone',
    4,
    estate(roles / 2, (index) => (index % 10 ? 'first' : 'second')),
  );
} finally {
  await db.dropDatabase();
  await client.close();
  await mongo.stop();
}
