import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { spokeRoleArn } from '../../../labs/mediapro/estate.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { beliefs, organizationScope, over, scan } from '../scanning.ts';

/** A failure stays where it happened: nothing outside its cell changes, and nothing at all is deleted. */
export const faultSuite = (up: () => Stage): unknown =>
  describe('when something fails', () => {
    let scope_id: string;
    let before: Readonly<Record<string, string>>;
    let workloads: string;
    beforeAll(async () => {
      scope_id = await organizationScope(up());
      await scan(up(), scope_id);
      before = await beliefs(up());
      workloads = up().organization.placement.accounts.workloads;
    });
    afterEach(() => up().services.aws.faults.clear());

    it.each([
      ['refused', 'refuse', 'access_denied'],
      ['throttled', 'throttle', 'throttled'],
      ['cut off', 'cut', 'source_unreachable'],
      ['answered with garbage', 'malform', 'source_unreachable'],
    ] as const)('a listing that is %s makes one cell incomplete and deletes nothing', async (_, fault, code) => {
      up().services.aws.faults.inject({
        when: { role: spokeRoleArn(workloads), action: 'dynamodb:ListTables' },
        fault,
      });
      const { run, cells } = await scan(up(), scope_id);
      expect(run.status).toBe('partial');
      expect(run.errors).toEqual([
        expect.objectContaining({ code, service_category: 'aws_dynamodb_sns', account_id: workloads }),
      ]);
      expect(cells.filter((cell) => cell.status !== 'succeeded').map((cell) => cell.key)).toEqual([
        `aws_dynamodb_sns:${workloads}`,
      ]);
      expect(await beliefs(up())).toEqual(before);
    });

    it('a role that cannot be entered fails its cells, and the remedy lists what AWS does not tell apart', async () => {
      up().services.aws.faults.inject({
        when: { account: up().hub.account, action: 'sts:AssumeRole' },
        after: 1,
        times: 1,
        fault: 'refuse',
      });
      const { run, cells } = await scan(up(), scope_id);
      expect(run.status).toBe('partial');
      expect(cells.filter((cell) => cell.status === 'failed')).toHaveLength(1);
      expect(run.errors[0]?.code).toBe('assume_role_denied');
      for (const cause of ['exists', 'sts:ExternalId', 'aws:PrincipalOrgID']) {
        expect(run.errors[0]?.remedy).toContain(cause);
      }
      expect(await beliefs(up())).toEqual(before);
    });

    it('a database that is away for a minute in the middle of a run loses nothing and doubles nothing', async () => {
      const proxy = up().services.mongoProxy;
      expect(proxy).toBeDefined();
      const { _id } = await up().api.startRun(scope_id);
      await expect
        .poll(async () => (await up().api.getRun(_id)).progress.by_status.running ?? 0, {
          interval: 20,
          timeout: 20_000,
        })
        .toBeGreaterThan(0);
      proxy?.goAway();
      await sleep(60_000);
      proxy?.comeBack();
      const { run, cells } = await over(up(), _id, 240);
      expect(run.status).toBe('succeeded');
      expect(new Set(cells.map((cell) => cell.key)).size).toBe(cells.length);
      expect(await beliefs(up())).toEqual(before);
    }, 360_000);
  });
