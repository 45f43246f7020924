import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import * as z from 'zod';
import type { World } from '../../labs/world.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';

const Document = z.looseObject({
  Statement: z.array(z.looseObject({ Effect: z.string(), Action: z.array(z.string()) })),
});

/**
 * Takes one action away from the spoke role of an account, as an administrator there might; gives what gives it back.
 * @throws Error if the role did not have it.
 */
export async function takeAway(world: World, account: string, action: string): Promise<() => Promise<void>> {
  const iam = new IAMClient(world.client(account));
  try {
    const RoleName = SPOKE_ROLE_NAME;
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      const document = Document.parse(JSON.parse(decodeURIComponent(PolicyDocument)));
      if (!document.Statement.some(({ Action }) => Action.includes(action))) continue;
      const Statement = document.Statement.map((one) => ({
        ...one,
        Action: one.Action.filter((other) => other !== action),
      }));
      await put(world, account, { PolicyName, PolicyDocument: JSON.stringify({ ...document, Statement }) });
      return () => put(world, account, { PolicyName, PolicyDocument: JSON.stringify(document) });
    }
    throw new Error(`${RoleName} in ${account} has no statement that allows ${action}`);
  } finally {
    iam.destroy();
  }
}

async function put(
  world: World,
  account: string,
  policy: { readonly PolicyName: string; readonly PolicyDocument: string },
): Promise<void> {
  const iam = new IAMClient(world.client(account));
  try {
    await iam.send(new PutRolePolicyCommand({ RoleName: SPOKE_ROLE_NAME, ...policy }));
  } finally {
    iam.destroy();
  }
}
