import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { regionsByDefault } from '../../src/connectors/aws/default-regions.ts';
import type { AuditEvent } from '../../src/control/audit.ts';
import { PlanMessage } from '../../src/runs/messages.ts';
import { bindAccounts } from '../../src/store/account-owners.ts';
import { appendAudit } from '../../src/store/audit-events.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { enabledRegions, knownAccounts } from '../../src/store/known-accounts.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { consumer } from '../consumer.ts';
import { LambdaEnv, readEnv } from '../environment.ts';
import { signalsTo } from '../event-bus.ts';
import { hubTerms } from '../hub-terms.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { cellQueue } from '../queues.ts';
import { tellingOfRefused } from '../refused-messages.ts';
import { PlanRunEnv } from './env.ts';
import { planRunWork } from './handler.ts';

const env = readEnv(PlanRunEnv, process.env);
const { AWS_REGION } = readEnv(LambdaEnv, process.env);
const sqs = new SQSClient({});
const events = new EventBridgeClient({});
const now = () => new Date();

const ready = onceReady(async () => {
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  const refused = { queue: 'plan', audit: (event: AuditEvent) => appendAudit(db, event), now };
  const work = planRunWork({
    runs: scanRunStore(db, signalsTo(events, env.EVENT_BUS_NAME)),
    cells: cellStore(db),
    instances: connectorInstanceStore(db),
    scopes: scanScopeStore(db),
    knownAccounts: (tenant, instance_id) => knownAccounts(db, tenant, instance_id),
    enabledRegions: (tenant, instance_id) => enabledRegions(db, tenant, instance_id),
    default_regions: regionsByDefault({ region: AWS_REGION }),
    bindAccounts: (binder, ids) => bindAccounts(db, binder, ids),
    enqueueCells: cellQueue(sqs, env.CELL_QUEUE_URL),
    terms: hubTerms(env),
    newOwner: randomUUID,
    now,
  });
  return tellingOfRefused(refused, work);
});

export const handler = consumer(
  {
    sqs,
    url: env.PLAN_QUEUE_URL,
    dead_letters: env.DEAD_LETTER_QUEUE_URL,
    logger: new Logger({ serviceName: 'plan-run' }),
  },
  PlanMessage,
  ready,
);
