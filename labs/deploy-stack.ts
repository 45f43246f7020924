import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { World } from './world.ts';

/** A template for one account. */
export interface StackOrder {
  readonly account: string;
  readonly name: string;
  /** JSON, at most 51,200 bytes: it travels in the call itself. */
  readonly template: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What deploying came to. */
export type StackChange = 'created' | 'updated' | 'unchanged';

/** A stack in these states holds nothing and can only be deleted. */
const DEAD = ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED'];

/**
 * Creates or updates a stack and waits until it stands.
 * @throws Error with the first reason that CloudFormation gives, if it does not.
 */
export async function deployStack(world: World, order: StackOrder): Promise<StackChange> {
  const client = new CloudFormationClient(world.client(order.account));
  try {
    const before = await describe(client, order.name);
    if (before && DEAD.includes(before.StackStatus ?? '')) await remove(world, client, before);
    const there = before && !DEAD.includes(before.StackStatus ?? '');
    const input = {
      StackName: order.name,
      TemplateBody: order.template,
      Parameters: Object.entries(order.parameters ?? {}).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_NAMED_IAM' as const],
    };
    if (!there) await client.send(new CreateStackCommand(input));
    else if (!(await update(client, input))) return 'unchanged';
    const after = await settled(world, client, order.name);
    const wanted = there ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE';
    if (after?.StackStatus !== wanted) throw new Error(await failure(client, order.name, after?.StackStatus));
    return there ? 'updated' : 'created';
  } finally {
    client.destroy();
  }
}

/** Deletes a stack and waits until it is gone. One that is not there is gone. */
export async function deleteStack(world: World, account: string, name: string): Promise<boolean> {
  const client = new CloudFormationClient(world.client(account));
  try {
    const before = await describe(client, name);
    if (!before) return false;
    await remove(world, client, before);
    return true;
  } finally {
    client.destroy();
  }
}

async function remove(world: World, client: CloudFormationClient, stack: Stack): Promise<void> {
  // By its id, a stack can still be described once it is gone.
  const id = stack.StackId ?? stack.StackName ?? '';
  await client.send(new DeleteStackCommand({ StackName: id }));
  const after = await settled(world, client, id);
  if (after && after.StackStatus !== 'DELETE_COMPLETE') throw new Error(await failure(client, id, after.StackStatus));
}

/** False where there was nothing to update, which CloudFormation calls an error. */
async function update(client: CloudFormationClient, input: UpdateStackCommand['input']): Promise<boolean> {
  try {
    await client.send(new UpdateStackCommand(input));
    return true;
  } catch (error) {
    if (error instanceof Error && /no updates are to be performed/i.test(error.message)) return false;
    throw error;
  }
}

async function settled(world: World, client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  for (;;) {
    const stack = await describe(client, name);
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return stack;
    await new Promise((resolve) => setTimeout(resolve, world.patience));
  }
}

async function describe(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

/** The earliest failure of the latest deployment is the cause; the others follow from it. */
async function failure(client: CloudFormationClient, name: string, status = 'gone'): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: name }));
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED')).at(-1);
  return `stack ${name} is ${status}: ${failed?.LogicalResourceId ?? ''} ${failed?.ResourceStatusReason ?? ''}`;
}
