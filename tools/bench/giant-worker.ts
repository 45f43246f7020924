/**
 * A collector in a process of its own, for `giant-elsewhere.ts`: works on one cell, part after part, as a warm function would,
 * and says how long it took and what it needed at most. The environment says where AWS is, and with which credentials.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { collectWork } from '../../lambdas/collect-aws/handler.ts';
import { cellLetter } from '../../lambdas/queues.ts';
import { awsConnector } from '../../src/connectors/aws/connector.ts';
import { MINUTE } from '../../src/kernel/time.ts';
import { CellMessage } from '../../src/runs/messages.ts';
import { cellHeadStore } from '../../src/store/cell-heads.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connectorSyncStore } from '../../src/store/connector-syncs.ts';
import { connect } from '../../src/store/database.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { enabledRegions, knownAccounts } from '../../src/store/known-accounts.ts';
import { pushBatchStore } from '../../src/store/push-batches.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';

const [uri = '', region = '', message = '', part_size = ''] = process.argv.slice(2);
const { client, db } = await connect(uri);
const parts: CellMessage[] = [CellMessage.parse(JSON.parse(message))];
const work = collectWork({
  runs: scanRunStore(db),
  cells: cellStore(db),
  instances: connectorInstanceStore(db),
  connector: awsConnector({ region, spoke_role_name: SPOKE_ROLE_NAME }),
  scopes: scanScopeStore(db),
  knownAccounts: (tenant, instance_id) => knownAccounts(db, tenant, instance_id),
  enabledRegions: (tenant, instance_id) => enabledRegions(db, tenant, instance_id),
  fence: cellHeadStore(db),
  inventory: inventoryStores(db),
  pushed: { batches: pushBatchStore(db), finishSync: connectorSyncStore(db).finish },
  enqueueCells: async (cells) => {
    parts.push(...cells.map((cell) => cellLetter(cell).message));
    return cells.map(({ _id }) => _id);
  },
  enqueuePlan: async () => {
    throw new Error('only discovery goes on with the plan, and this is none');
  },
  newOwner: randomUUID,
  part_size: Number(part_size),
  memory_mb: 0,
  now: () => new Date(),
});

const began = performance.now();
const delivery = { message_id: 'one', hide: async () => undefined, remaining: () => 15 * MINUTE };
// Each part adds the next.
for (const part of parts) {
  if ((await work(part, delivery)) !== 'done') throw new Error(`somebody else is at ${part.cell_id}`);
}
const seconds = (performance.now() - began) / 1_000;
await client.close();
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const cpu_seconds = (userCPUTime + systemCPUTime) / 1e6;
process.stdout.write(`${JSON.stringify({ parts: parts.length, seconds, cpu_seconds, peak_mb: peakMb() })}\n`);

/** The most that was ever resident. On Linux `maxRSS` of a process begins with what its parent had when it started it. */
function peakMb(): number {
  const kilobytes =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS;
  return kilobytes / 1_024;
}
