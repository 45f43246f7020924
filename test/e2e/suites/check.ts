import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { AWS_CATEGORIES } from '../../../src/connectors/aws/categories.ts';
import { SPOKE_ROLE_NAME } from '../../../stacksets/spoke-role.ts';
import type { Stage } from '../../../tools/demo/stage.ts';
import { organizationScope, scan } from '../scanning.ts';

/** Whether a source lets the hub in, before a scan finds out. */
export const checkSuite = (up: () => Stage): unknown =>
  describe('trying a connection', () => {
    let instance_id: string;
    const data = () => up().organization.placement.accounts.data;

    /** Lets nobody into the spoke role of an account while something is done, and then whoever it trusted before. */
    async function whileRefusing(account: string, work: () => Promise<unknown>): Promise<void> {
      const iam = new IAMClient(up().services.aws.client(account));
      const trusting = async (PolicyDocument: string) =>
        iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: SPOKE_ROLE_NAME, PolicyDocument }));
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: SPOKE_ROLE_NAME }));
      const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
      await trusting(trust.replaceAll('"Allow"', '"Deny"'));
      try {
        await work();
      } finally {
        await trusting(trust);
        iam.destroy();
      }
    }

    it('lists the organization before the first scan, and enters its accounts after it', async () => {
      const scope_id = await organizationScope(up(), ['aws_s3']);
      ({ instance_id } = await up().api.getScope(scope_id));
      const first = await up().api.checkInstance(instance_id);
      expect(first).toMatchObject({ status: 'connected', service_categories_available: AWS_CATEGORIES });
      expect(first.findings.map(({ target }) => target)).toEqual(['organization']);

      expect((await scan(up(), scope_id)).run.status).toBe('succeeded');
      const from = performance.now();
      const check = await up().api.checkInstance(instance_id);
      expect(performance.now() - from).toBeLessThan(20_000);
      expect(check.status).toBe('connected');
      expect(check.findings.map(({ target, status }) => [target, status])).toEqual(
        ['organization', ...Object.values(up().organization.placement.accounts).toSorted()].map((target) => [
          target,
          'connected',
        ]),
      );
      expect((await up().api.getInstance(instance_id)).last_check).toEqual(check);
      const events = await up().api.listAuditEvents(100, { action: 'connector_instance.checked' });
      expect(events.filter(({ target }) => target === instance_id)).toHaveLength(2);
    });

    it('names the one account that refuses, with a remedy for exactly it', async () => {
      await whileRefusing(data(), async () => {
        const check = await up().api.checkInstance(instance_id);
        expect(check).toMatchObject({ status: 'partly', service_categories_available: AWS_CATEGORIES });
        const refusing = check.findings.filter(({ status }) => status !== 'connected');
        expect(refusing).toMatchObject([
          { target: data(), status: 'refused', code: 'assume_role_denied', responsible: 'AWS account owner' },
        ]);
        expect(refusing[0]?.remedy).toContain(`account ${data()}: (1) the role ${SPOKE_ROLE_NAME} exists`);
      });
      expect((await up().api.checkInstance(instance_id)).status).toBe('connected');
    });

    it('says of a secret that nobody has put that it is to be put, and where', async () => {
      const { _id } = await up().api.createInstance({
        connector_kind: 'entra',
        display_name: 'e2e',
        config: { entra_tenant_id: '3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411' },
        credentials_ref: `throughline/${(await up().api.getInstance(instance_id)).tenant_id}/nobody-put-it`,
      });
      const check = await up().api.checkInstance(_id);
      expect(check).toMatchObject({ status: 'refused', findings: [{ code: 'credentials_invalid' }] });
      expect(check.findings[0]?.message).toContain('nobody-put-it is not there');
    });

    it('calls nobody for what pushes', async () => {
      const { _id } = await up().api.createInstance({
        connector_kind: 'push',
        display_name: 'e2e',
        config: {},
        source_system_ids: ['servicenow:e2e-check'],
      });
      const check = await up().api.checkInstance(_id);
      expect(check).toMatchObject({ status: 'connected', service_categories_available: ['push'] });
      expect(check.findings[0]?.message).toContain('nothing has arrived yet');
    });
  });
