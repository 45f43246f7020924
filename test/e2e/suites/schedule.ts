import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { MongoClient } from 'mongodb';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { spokeRoleArn } from '../../../labs/mediapro/estate.ts';
import { isoTime, later, MINUTE } from '../../../src/kernel/time.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { over } from '../scanning.ts';

const SCOPES = 4;
const EVERY_MINUTES = 5;
const ROUNDS = 3;

/** Hours of a schedule in a minute: nobody waits for what is due, it is made due, and the deployed tick is called. */
export const scheduleSuite = (up: () => Stage): unknown =>
  describe('left alone with schedules', () => {
    let scopes: readonly string[] = [];
    beforeAll(async () => {
      const { api, services, organization } = up();
      const { data } = organization.placement.accounts;
      const made: string[] = [];
      for (let count = 0; count < SCOPES; count += 1) {
        // Each of an instance of its own: of two runs that look at the same cell at once, the later one has the word.
        const instance = await api.createInstance({
          connector_kind: 'aws',
          display_name: `on schedule ${count}`,
          config: { mode: 'accounts', account_ids: [data], regions: [services.aws.region] },
        });
        const scope = await api.createScope({
          instance_id: instance._id,
          scope_keys: {},
          service_categories: ['aws_dynamodb_sns'],
          schedule: { every_minutes: EVERY_MINUTES },
        });
        made.push(scope._id);
      }
      scopes = made;
    });
    afterEach(() => up().services.aws.faults.clear());

    /** Has every scope be due since so many minutes. */
    const makeDue = async (minutes: number): Promise<void> => {
      const client = await MongoClient.connect(up().services.mongo.uri);
      const next_run_at = isoTime(later(new Date(), -minutes * MINUTE));
      const query = { _id: { $in: [...scopes] } };
      await client.db().collection<{ _id: string }>('scan_scopes').updateMany(query, { $set: { next_run_at } });
      await client.close();
    };
    /** Calls the deployed function, several times at once. */
    const tick = async (times = 1): Promise<void> => {
      const { services, hub } = up();
      const lambda = new LambdaClient(services.aws.client(hub.account));
      const call = () => lambda.send(new InvokeCommand({ FunctionName: `${hub.name}-tick` }));
      const answers = await Promise.all(Array.from({ length: times }, call));
      lambda.destroy();
      expect(answers.map(({ FunctionError }) => FunctionError)).toEqual(answers.map(() => undefined));
    };
    const runsOf = (scope_id: string) => up().api.listRuns(undefined, { scope_id });
    const counts = async () => (await Promise.all(scopes.map(runsOf))).map((runs) => runs.length);
    const each = (count: number) => scopes.map(() => count);
    const allOver = async (): Promise<void> => {
      for (const scope_id of scopes) {
        for (const run of await runsOf(scope_id)) expect((await over(up(), run._id)).run.status).toBe('succeeded');
      }
    };

    it('starts what is due once a period, however many ticks there are, and once for many that were missed', async () => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        await makeDue(round * 7);
        await tick(2);
        expect(await counts()).toEqual(each(round));
        await allOver();
        await tick();
        expect(await counts()).toEqual(each(round));
      }
      for (const scope_id of scopes) {
        const { next_run_at = '' } = await up().api.getScope(scope_id);
        const left = Date.parse(next_run_at) - Date.now();
        expect(left).toBeGreaterThan(0);
        expect(left).toBeLessThanOrEqual(EVERY_MINUTES * MINUTE);
      }
    });

    it('leaves a scope alone whose last run is still going, and says which', async () => {
      const { data } = up().organization.placement.accounts;
      const when = { role: spokeRoleArn(data), action: 'dynamodb:ListTables' };
      const slow = up().services.aws.faults.inject({ when, fault: { delay_ms: 10_000 } });
      await makeDue(1);
      await tick();
      expect(await counts()).toEqual(each(ROUNDS + 1));
      await makeDue(1);
      await tick(2);
      expect(await counts()).toEqual(each(ROUNDS + 1));
      for (const scope_id of scopes) {
        const [going] = await runsOf(scope_id);
        const { last_skipped } = await up().api.getScope(scope_id);
        expect(last_skipped).toMatchObject({ reason: 'still_running', run_id: going?._id });
      }
      slow.remove();
      await allOver();
      await makeDue(1);
      await tick();
      expect(await counts()).toEqual(each(ROUNDS + 2));
      await allOver();
    });
  });
