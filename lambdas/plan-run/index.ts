import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { bindAccounts } from '../../src/store/account-owners.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { knownAccounts } from '../../src/store/known-accounts.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { deadLetters } from '../dead-letters.ts';
import { readEnv } from '../environment.ts';
import { signalsTo } from '../event-bus.ts';
import { hubTerms } from '../hub-terms.ts';
import { databaseFromSecret } from '../mongo.ts';
import { cellQueue } from '../queues.ts';
import { PlanRunEnv } from './env.ts';
import { planRunHandler } from './handler.ts';

const env = readEnv(PlanRunEnv, process.env);
const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
const sqs = new SQSClient({});

export const handler = planRunHandler({
  runs: scanRunStore(db, signalsTo(new EventBridgeClient({}), env.EVENT_BUS_NAME)),
  cells: cellStore(db),
  instances: connectorInstanceStore(db),
  scopes: scanScopeStore(db),
  knownAccounts: (tenant, instance_id) => knownAccounts(db, tenant, instance_id),
  bindAccounts: (tenant_id, ids) => bindAccounts(db, tenant_id, ids),
  enqueueCells: cellQueue(sqs, env.CELL_QUEUE_URL),
  terms: hubTerms(env),
  now: () => new Date(),
  ...deadLetters(sqs, env.DEAD_LETTER_QUEUE_URL, new Logger({ serviceName: 'plan-run' })),
});
