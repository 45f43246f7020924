import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda';
import { SECOND } from '../../src/kernel/time.ts';
import { endInstance } from '../../src/runs/end-instance.ts';
import { endScope } from '../../src/runs/end-scope.ts';
import { bindAccounts } from '../../src/store/account-owners.ts';
import { appendAudit, listAudit } from '../../src/store/audit-events.ts';
import { cellStore } from '../../src/store/cells.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { connectorInstanceStore } from '../../src/store/connector-instances.ts';
import { ensureIndexes } from '../../src/store/database.ts';
import { lastArrival } from '../../src/store/last-arrival.ts';
import { rateWindowStore } from '../../src/store/rate-windows.ts';
import { scanRunStore } from '../../src/store/scan-runs.ts';
import { scanScopeStore } from '../../src/store/scan-scopes.ts';
import { stitchDueStore } from '../../src/store/stitch-due.ts';
import { endingDeps } from '../ending.ts';
import { readEnv } from '../environment.ts';
import { hubTerms } from '../hub-terms.ts';
import { databaseFromSecret } from '../mongo.ts';
import { onceReady } from '../once-ready.ts';
import { cellQueue, planQueue, stitchQueue } from '../queues.ts';
import { adapted } from './adapter.ts';
import { checkFunctions } from './check-functions.ts';
import { ApiEnv } from './env.ts';
import { graphQuestions } from './graph-questions.ts';
import { apiRouter } from './handler.ts';
import { pushDeps } from './push-deps.ts';
import { resultsDeps } from './results-deps.ts';
import { awayRouter } from './router.ts';
import { stitchFunction, stitchRequests } from './stitch-requests.ts';

const env = readEnv(ApiEnv, process.env);
const logger = new Logger({ serviceName: 'api' });
const sqs = new SQSClient({});
const enqueuePlan = planQueue(sqs, env.PLAN_QUEUE_URL);
const enqueueCells = cellQueue(sqs, env.CELL_QUEUE_URL);

// One attempt: a check or a question takes its time, and nobody waits for a second.
const lambda = new LambdaClient({ maxAttempts: 1 });
const check = checkFunctions(lambda, { aws: env.CHECK_AWS_FUNCTION, sources: env.CHECK_SOURCES_FUNCTION });

const now = () => new Date();

const ready = onceReady(async () => {
  const db = await databaseFromSecret(env.MONGODB_SECRET_ARN);
  await ensureIndexes(db, COLLECTIONS);
  const runs = scanRunStore(db);
  const ending = endingDeps(db, runs, enqueuePlan, now);
  /** What is deleted is deleted: where its end is not brought about at once, the tick goes on with it. */
  const begun = (id: string, end: Promise<unknown>): Promise<void> =>
    end.then(
      () => undefined,
      (error: unknown) =>
        logger.error('the end of what was deleted is left to the tick', { id, reason: String(error) }),
    );
  const stitches = stitchRequests(
    {
      due: stitchDueStore(db),
      enqueueStitch: stitchQueue(sqs, env.STITCH_QUEUE_URL),
      delay: env.STITCH_DELAY_SECONDS * SECOND,
      now,
    },
    stitchFunction(lambda, env.STITCH_FUNCTION),
    (message, error) => logger.error('the stitcher was not told', { ...message, reason: String(error) }),
  );
  return adapted(
    apiRouter({
      db,
      instances: connectorInstanceStore(db),
      scopes: scanScopeStore(db),
      runs,
      endInstance: (instance) => begun(instance._id, endInstance(ending, instance)),
      endScope: (scope) => begun(scope._id, endScope(ending, scope)),
      cells: cellStore(db),
      ...resultsDeps(db),
      bindAccounts: (binder, ids) => bindAccounts(db, binder, ids, { all_or_none: true }),
      ...stitches,
      graph: graphQuestions(lambda, env.ASK_GRAPH_FUNCTION),
      unfollowed: (tenant_id, error) =>
        logger.error('what follows from changed settings is left to the tick', { tenant_id, reason: String(error) }),
      audit: (event) => appendAudit(db, event),
      listAudit: (...asked) => listAudit(db, ...asked),
      check,
      lastArrival: (tenant, instance_id) => lastArrival(db, tenant, instance_id),
      enqueuePlan,
      enqueueCells,
      ...pushDeps(db, { enqueueCells, newId: randomUUID, now }),
      unsent: (run, error) => logger.error('plan message not sent', { run_id: run._id, reason: String(error) }),
      terms: hubTerms(env),
      claims: { tenant: env.TENANT_CLAIM, workspaces: env.WORKSPACES_CLAIM, permissions: env.PERMISSIONS_CLAIM },
      rate_windows: rateWindowStore(db),
      requests_per_minute: env.REQUESTS_PER_MINUTE,
      logger,
      newId: randomUUID,
      now,
    }),
  );
});

const away = adapted(awayRouter());

export const handler = async (event: LambdaEvent, context: LambdaContext) => {
  const answer = await ready().catch((error: unknown) => {
    logger.error('not ready', { reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    return away;
  });
  return answer(event, context);
};
