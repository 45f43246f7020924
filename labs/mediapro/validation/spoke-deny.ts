import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { SPOKE_ROLE_NAME } from '../../../stacksets/spoke-role.ts';
import type { World } from '../../world.ts';
import type { Undo } from './validate.ts';

const POLICY = { RoleName: SPOKE_ROLE_NAME, PolicyName: 'mediapro-validation' };

/** Denies actions to the spoke role of an account, as an administrator there might; gives what takes it back. */
export async function denySpoke(world: World, account: string, actions: readonly string[]): Promise<Undo> {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: actions, Resource: '*' }],
  });
  const asAdministrator = async (act: (iam: IAMClient) => Promise<unknown>): Promise<void> => {
    const iam = new IAMClient(world.client(account));
    try {
      await act(iam);
    } finally {
      iam.destroy();
    }
  };
  await asAdministrator((iam) => iam.send(new PutRolePolicyCommand({ ...POLICY, PolicyDocument })));
  return () => asAdministrator((iam) => iam.send(new DeleteRolePolicyCommand(POLICY)));
}
