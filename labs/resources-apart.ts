import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteGroupCommand,
  DeleteOpenIDConnectProviderCommand,
  DetachGroupPolicyCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import * as z from 'zod';
import { Agent, ensureAgent, removeAgent } from './bedrock-agent.ts';
import type { World } from './world.ts';

const Template = z.looseObject({ Resources: z.record(z.string(), z.looseObject({ Type: z.string() })) });

/** The types that can be made by calls, with the properties that our templates give them. None may refer to another resource. */
const Resource = z.discriminatedUnion('Type', [
  z.looseObject({
    Type: z.literal('AWS::IAM::Group'),
    Properties: z.strictObject({ GroupName: z.string(), ManagedPolicyArns: z.array(z.string()).default([]) }),
  }),
  z.looseObject({
    Type: z.literal('AWS::IAM::UserToGroupAddition'),
    Properties: z.strictObject({ GroupName: z.string(), Users: z.array(z.string()) }),
  }),
  z.looseObject({
    Type: z.literal('AWS::IAM::OIDCProvider'),
    Properties: z.looseObject({ Url: z.url(), ClientIdList: z.array(z.string()) }),
  }),
  z.looseObject({ Type: z.literal('AWS::Bedrock::Agent'), Properties: Agent }),
]);
type Resource = z.infer<typeof Resource>;

/** A template without what this CloudFormation does not know, and what that was. */
export interface SplitTemplate {
  readonly template: string;
  readonly apart: readonly Resource[];
}

/** Takes the resources of unknown types out of a template. Throws where one of them has a shape that `makeApart` does not know. */
export function splitTemplate(template: string, unknown_types: readonly string[]): SplitTemplate {
  const parsed = Template.parse(JSON.parse(template));
  const resources = Object.entries(parsed.Resources);
  const known = resources.filter(([, { Type }]) => !unknown_types.includes(Type));
  const apart = resources.filter(([, { Type }]) => unknown_types.includes(Type));
  return {
    template: JSON.stringify({ ...parsed, Resources: Object.fromEntries(known) }),
    apart: apart.map(([, resource]) => Resource.parse(resource)),
  };
}

/** Makes the resources by calls to their services, in their order in the template; those that are there stay. */
export async function makeApart(world: World, account: string, resources: readonly Resource[]): Promise<void> {
  await eachWith(world, account, resources, async (iam, resource) => {
    if (resource.Type === 'AWS::Bedrock::Agent') {
      await ensureAgent(world.client(account), resource.Properties);
    } else if (resource.Type === 'AWS::IAM::Group') {
      const { GroupName, ManagedPolicyArns } = resource.Properties;
      await unless('EntityAlreadyExistsException', iam.send(new CreateGroupCommand({ GroupName })));
      for (const PolicyArn of ManagedPolicyArns) await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    } else if (resource.Type === 'AWS::IAM::UserToGroupAddition') {
      const { GroupName, Users } = resource.Properties;
      for (const UserName of Users) await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    } else {
      const { Url, ClientIdList } = resource.Properties;
      await unless(
        'EntityAlreadyExistsException',
        iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ClientIdList })),
      );
    }
  });
}

/** Removes what `makeApart` made, last first; what is gone is gone. To be called before the stack goes: it has the users in it. */
export async function removeApart(world: World, account: string, resources: readonly Resource[]): Promise<void> {
  await eachWith(world, account, resources.toReversed(), async (iam, resource) => {
    if (resource.Type === 'AWS::Bedrock::Agent') {
      await removeAgent(world.client(account), resource.Properties.AgentName);
    } else if (resource.Type === 'AWS::IAM::Group') {
      const { GroupName, ManagedPolicyArns } = resource.Properties;
      for (const PolicyArn of ManagedPolicyArns) {
        await unless('NoSuchEntityException', iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn })));
      }
      await unless('NoSuchEntityException', iam.send(new DeleteGroupCommand({ GroupName })));
    } else if (resource.Type === 'AWS::IAM::UserToGroupAddition') {
      const { GroupName, Users } = resource.Properties;
      for (const UserName of Users) {
        await unless('NoSuchEntityException', iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName })));
      }
    } else {
      const OpenIDConnectProviderArn = await providerArn(iam, resource.Properties.Url);
      if (OpenIDConnectProviderArn) {
        await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
      }
    }
  });
}

/** The provider of an issuer. The emulator drops the slash at the end of one, which is part of its name elsewhere. */
async function providerArn(iam: IAMClient, url: string): Promise<string | undefined> {
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  const issuer = (text: string) => text.replace(/^.*?(:oidc-provider|:\/)\//, '').replace(/\/$/, '');
  return OpenIDConnectProviderList.find(({ Arn = '' }) => issuer(Arn) === issuer(url))?.Arn;
}

async function eachWith(
  world: World,
  account: string,
  resources: readonly Resource[],
  act: (iam: IAMClient, resource: Resource) => Promise<void>,
): Promise<void> {
  const iam = new IAMClient(world.client(account));
  try {
    for (const resource of resources) await act(iam, resource);
  } finally {
    iam.destroy();
  }
}

async function unless(expected: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error && error.name === expected)) throw error;
  }
}
