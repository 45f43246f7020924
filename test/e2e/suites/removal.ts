import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../bin/api-error.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { beliefs, cellOf, organizationScope, scan } from '../scanning.ts';

/** What is gone, what only seems to be gone, and what nobody looks at any more. */
export const removalSuite = (up: () => Stage): unknown =>
  describe('removing', () => {
    const names = Array.from({ length: 40 }, (_, index) => `e2e-worker-${index}`);
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    });
    const workloads = () => up().organization.placement.accounts.workloads;
    const inWorkloads = async (work: (iam: IAMClient) => Promise<unknown>) => {
      const iam = new IAMClient(up().services.aws.client(workloads()));
      await work(iam);
      iam.destroy();
    };
    const release = async (run_id: string) => up().api.releaseCell(run_id, `aws_iam:${workloads()}`);
    const liveRoles = async (stage: Stage): Promise<number> => {
      const client = await MongoClient.connect(stage.services.mongo.uri);
      try {
        const query = { entity_type: 'aws_iam_role', display_name: /^e2e-worker-/, retired_at: { $exists: false } };
        return await client.db().collection('entities').countDocuments(query);
      } finally {
        await client.close();
      }
    };

    it('a role that is gone is retired with its edges, and the next scan has nothing left to do', async () => {
      const scope_id = await organizationScope(up(), ['aws_iam']);
      await scan(up(), scope_id);
      const before = await beliefs(up());
      await inWorkloads((iam) =>
        iam.send(new CreateRoleCommand({ RoleName: 'e2e-short-lived', AssumeRolePolicyDocument: trust })),
      );
      expect((await scan(up(), scope_id)).run.totals).toMatchObject({ added: 3, removed: 0 });
      await inWorkloads((iam) => iam.send(new DeleteRoleCommand({ RoleName: 'e2e-short-lived' })));
      expect((await scan(up(), scope_id)).run.totals).toMatchObject({ added: 0, removed: 3 });
      expect((await scan(up(), scope_id)).run.totals).toMatchObject({ added: 0, changed: 0, removed: 0 });
      expect(await beliefs(up())).toEqual(before);
    });

    it('more than half of a cell goes only after a person has said that it is right', async () => {
      const scope_id = await organizationScope(up(), ['aws_iam']);
      await inWorkloads(async (iam) => {
        for (const RoleName of names)
          await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      });
      expect((await scan(up(), scope_id)).run.status).toBe('succeeded');
      await inWorkloads(async (iam) => {
        for (const RoleName of names) await iam.send(new DeleteRoleCommand({ RoleName }));
      });
      const { run, cells } = await scan(up(), scope_id);
      expect(run.status).toBe('partial');
      expect(run.errors).toEqual([expect.objectContaining({ code: 'removal_held', account_id: workloads() })]);
      expect(cellOf(cells, 'aws_iam', workloads()).counts.removed).toBe(0);
      expect(await liveRoles(up())).toBe(names.length);

      await release(run._id);
      const released = async () => cellOf(await up().api.listCells(run._id), 'aws_iam', workloads()).release;
      // Until it is done a further word only sends its message again: afterwards there is nothing to release.
      await expect.poll(async () => (await released())?.done_at, { timeout: 20_000 }).toBeDefined();
      expect((await released())?.removed).toBeGreaterThan(names.length);
      expect(await liveRoles(up())).toBe(0);
      const again = release(run._id);
      await expect(again).rejects.toThrow(ApiError);
      await expect(again).rejects.toThrow(/no removal is held/);
      expect((await scan(up(), scope_id)).run).toMatchObject({ status: 'succeeded', totals: { removed: 0 } });
    });

    it('what no enabled scope plans any more is retired, and what another scope plans stays', async () => {
      const { data } = up().organization.placement.accounts;
      const instance = await up().api.createInstance({
        connector_kind: 'aws',
        display_name: 'two accounts, named',
        config: { mode: 'accounts', account_ids: [workloads(), data], regions: [up().services.aws.region] },
      });
      const scopeOf = (account: string) =>
        up().api.createScope({
          instance_id: instance._id,
          scope_keys: { account_ids: [account] },
          service_categories: ['aws_dynamodb_sns'],
        });
      const [first, second] = [await scopeOf(workloads()), await scopeOf(data)];
      expect((await scan(up(), first._id)).run.status).toBe('succeeded');
      expect((await scan(up(), second._id)).run.totals?.removed).toBe(0);

      const client = await MongoClient.connect(up().services.mongo.uri);
      const claimed = (account: string) =>
        client
          .db()
          .collection('entities')
          .countDocuments({
            retired_at: { $exists: false },
            claims: { $elemMatch: { 'by.instance_id': instance._id, 'by.cell': `aws_dynamodb_sns:${account}` } },
          });
      expect([await claimed(workloads()), await claimed(data)].every((count) => count > 0)).toBe(true);
      await client
        .db()
        .collection<{ _id: string }>('scan_scopes')
        .updateOne({ _id: first._id }, { $set: { enabled: false } });
      await scan(up(), second._id);
      expect(await claimed(workloads())).toBe(0);
      expect(await claimed(data)).toBeGreaterThan(0);
      await client.close();
    });
  });
