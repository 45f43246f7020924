import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsConnector } from '../../src/connectors/aws/connector.ts';
import type { AuditEvent } from '../../src/control/audit.ts';
import { CellMessage } from '../../src/runs/messages.ts';
import { appendAudit } from '../../src/store/audit-events.ts';
import { cellHeadStore } from '../../src/store/cell-heads.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { connectorSyncStore } from '../../src/store/connector-syncs.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { enabledRegions, knownAccounts } from '../../src/store/known-accounts.ts';
import { pushBatchStore } from '../../src/store/push-batches.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { consumer } from '../consumer.ts';
import { LambdaEnv, readEnv } from '../environment.ts';
import { signalsTo } from '../event-bus.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { cellQueue, planAgain, planQueue } from '../queues.ts';
import { tellingOfRefused } from '../refused-messages.ts';
import { CollectAwsEnv } from './env.ts';
import { collectWork } from './handler.ts';

const env = readEnv(CollectAwsEnv, process.env);
const { IDENTITY_CENTER_ACCOUNT_ID: account_id, IDENTITY_CENTER_REGION: region } = env;
const { AWS_REGION, AWS_LAMBDA_FUNCTION_MEMORY_SIZE } = readEnv(LambdaEnv, process.env);
const sqs = new SQSClient({});
const events = new EventBridgeClient({});
const now = () => new Date();
const sendPlan = planQueue(sqs, env.PLAN_QUEUE_URL);

const ready = onceReady(async () => {
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  const runs = scanRunStore(db, signalsTo(events, env.EVENT_BUS_NAME));
  const refused = { queue: 'cells', audit: (event: AuditEvent) => appendAudit(db, event), now };
  const work = collectWork({
    runs,
    cells: cellStore(db),
    instances: connectorInstanceStore(db),
    connector: awsConnector({
      region: AWS_REGION,
      spoke_role_name: env.SPOKE_ROLE_NAME,
      ...(env.MANAGEMENT_ACCOUNT_ID && { management_account_id: env.MANAGEMENT_ACCOUNT_ID }),
      ...(env.AWS_ORGANIZATION_ROLE_ARN && { organization_role_arn: env.AWS_ORGANIZATION_ROLE_ARN }),
      ...(account_id && region && { identity_center: { account_id, region } }),
    }),
    scopes: scanScopeStore(db),
    knownAccounts: (tenant, instance_id) => knownAccounts(db, tenant, instance_id),
    enabledRegions: (tenant, instance_id) => enabledRegions(db, tenant, instance_id),
    fence: cellHeadStore(db),
    inventory: inventoryStores(db),
    pushed: { batches: pushBatchStore(db), finishSync: connectorSyncStore(db).finish },
    enqueueCells: cellQueue(sqs, env.CELL_QUEUE_URL),
    enqueuePlan: planAgain(runs, sendPlan),
    newOwner: randomUUID,
    part_size: env.PART_SIZE,
    memory_mb: AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    now,
  });
  return tellingOfRefused(refused, work);
});

export const handler = consumer(
  {
    sqs,
    url: env.CELL_QUEUE_URL,
    dead_letters: env.DEAD_LETTER_QUEUE_URL,
    logger: new Logger({ serviceName: 'collect-aws' }),
  },
  CellMessage,
  ready,
);
