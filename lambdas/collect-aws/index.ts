import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import { awsConnector } from '../../src/connectors/aws/connector.ts';
import { cellHeadStore } from '../../src/store/cell-heads.ts';
import { cellStore } from '../../src/store/cells.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { inventoryStores } from '../../src/store/inventory.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { deadLetters } from '../dead-letters.ts';
import { readEnv } from '../environment.ts';
import { signalsTo } from '../event-bus.ts';
import { hubTerms } from '../hub-terms.ts';
import { databaseFromSecret } from '../mongo.ts';
import { cellQueue, planQueue } from '../queues.ts';
import { CollectAwsEnv } from './env.ts';
import { collectAwsHandler } from './handler.ts';

const env = readEnv(CollectAwsEnv, process.env);
const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
const sqs = new SQSClient({});
const runs = scanRunStore(db, signalsTo(new EventBridgeClient({}), env.EVENT_BUS_NAME));
const sendPlan = planQueue(sqs, env.PLAN_QUEUE_URL);
const { organization } = hubTerms(env);

export const handler = collectAwsHandler({
  runs,
  cells: cellStore(db),
  instances: connectorInstanceStore(db),
  connector: awsConnector({
    region: process.env.AWS_REGION ?? 'us-east-1',
    spoke_role_name: env.SPOKE_ROLE_NAME,
    ...(organization && { organization }),
    ...(env.AWS_ORGANIZATION_ROLE_ARN && { organization_role_arn: env.AWS_ORGANIZATION_ROLE_ARN }),
  }),
  fence: cellHeadStore(db),
  inventory: inventoryStores(db),
  enqueueCells: cellQueue(sqs, env.CELL_QUEUE_URL),
  async enqueuePlan(run) {
    const counted = await runs.countPlanSend(run, run._id);
    if (counted) await sendPlan(counted);
  },
  async hide(record, seconds) {
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: env.CELL_QUEUE_URL,
        ReceiptHandle: record.receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  },
  newOwner: randomUUID,
  part_size: env.PART_SIZE,
  now: () => new Date(),
  ...deadLetters(sqs, env.DEAD_LETTER_QUEUE_URL, new Logger({ serviceName: 'collect-aws' })),
});
