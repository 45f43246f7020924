/** The child process of `bench-plan.ts`: plans one run as the function does, and says how long it took and what it needed at most. */
import { randomUUID } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { cellQueue } from '../../lambdas/queues.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import { planMessage } from '../../src/runs/run.ts';
import { bindAccounts } from '../../src/store/account-owners.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connect } from '../../src/store/database.ts';
import { enabledRegions, knownAccounts } from '../../src/store/known-accounts.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';

const [uri = '', sink = '', tenant_id = '', workspace_id = '', run_id = '', management_account_id = ''] =
  process.argv.slice(2);
const { client, db } = await connect(uri);
const runs = scanRunStore(db);
const run = await runs.get({ tenant_id, workspace_id }, run_id);
if (!run) throw new Error(`there is no run ${run_id}`);
const sqs = new SQSClient({
  region: 'eu-west-1',
  endpoint: sink,
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
});
const began = performance.now();
const outcome = await planRun(
  {
    runs,
    cells: cellStore(db),
    instances: connectorInstanceStore(db),
    scopes: scanScopeStore(db),
    knownAccounts: (tenant, instance_id) => knownAccounts(db, tenant, instance_id),
    enabledRegions: (tenant, instance_id) => enabledRegions(db, tenant, instance_id),
    default_regions: [],
    bindAccounts: (binder, ids) => bindAccounts(db, binder, ids),
    enqueueCells: cellQueue(sqs, `${sink}/1/cells.fifo`),
    terms: {
      hub_account_id: management_account_id,
      organization: { id: 'o-benchbench', management_account_id, tenant_id },
    },
    newOwner: randomUUID,
    now: () => new Date(),
  },
  planMessage(run),
);
const seconds = (performance.now() - began) / 1_000;
await client.close();
process.stdout.write(`${JSON.stringify({ outcome, seconds, peak_mb: process.resourceUsage().maxRSS / 1_024 })}\n`);
