import {
  BedrockAgentClient,
  CreateAgentActionGroupCommand,
  CreateAgentCommand,
  DeleteAgentCommand,
  paginateListAgentActionGroups,
  paginateListAgents,
} from '@aws-sdk/client-bedrock-agent';
import * as z from 'zod';
import type { AccountClient } from './world.ts';

/** An agent as our templates give it to CloudFormation. */
export const Agent = z.looseObject({
  AgentName: z.string(),
  AgentResourceRoleArn: z.string(),
  FoundationModel: z.string(),
  Instruction: z.string(),
  ActionGroups: z
    .array(
      z.strictObject({
        ActionGroupName: z.string(),
        ActionGroupExecutor: z.strictObject({ Lambda: z.string() }),
        FunctionSchema: z.strictObject({ Functions: z.array(z.strictObject({ Name: z.string() })) }),
      }),
    )
    .default([]),
  Tags: z.record(z.string(), z.string()).exactOptional(),
});
export type Agent = z.infer<typeof Agent>;

/** The version that is worked on. */
const DRAFT = 'DRAFT';

/** Makes an agent and its action groups where they are not there, found by name. */
export async function ensureAgent(settings: AccountClient, agent: Agent): Promise<void> {
  const client = new BedrockAgentClient(settings);
  try {
    const agentId = (await idOf(client, agent.AgentName)) ?? (await create(client, agent));
    const known = await actionGroups(client, agentId);
    for (const { ActionGroupName, ActionGroupExecutor, FunctionSchema } of agent.ActionGroups) {
      if (known.has(ActionGroupName)) continue;
      await client.send(
        new CreateAgentActionGroupCommand({
          agentId,
          agentVersion: DRAFT,
          actionGroupName: ActionGroupName,
          actionGroupExecutor: { lambda: ActionGroupExecutor.Lambda },
          functionSchema: { functions: FunctionSchema.Functions.map(({ Name }) => ({ name: Name })) },
        }),
      );
    }
  } finally {
    client.destroy();
  }
}

/** Deletes an agent. One that is not there is gone. */
export async function removeAgent(settings: AccountClient, name: string): Promise<void> {
  const client = new BedrockAgentClient(settings);
  try {
    const agentId = await idOf(client, name);
    if (agentId) await client.send(new DeleteAgentCommand({ agentId, skipResourceInUseCheck: true }));
  } finally {
    client.destroy();
  }
}

async function create(client: BedrockAgentClient, agent: Agent): Promise<string> {
  const { agent: made } = await client.send(
    new CreateAgentCommand({
      agentName: agent.AgentName,
      agentResourceRoleArn: agent.AgentResourceRoleArn,
      foundationModel: agent.FoundationModel,
      instruction: agent.Instruction,
      ...(agent.Tags && { tags: agent.Tags }),
    }),
  );
  if (!made?.agentId) throw new Error(`AWS did not say the id of the new agent ${agent.AgentName}`);
  return made.agentId;
}

async function idOf(client: BedrockAgentClient, name: string): Promise<string | undefined> {
  for await (const page of paginateListAgents({ client }, {})) {
    const agent = page.agentSummaries?.find(({ agentName }) => agentName === name);
    if (agent) return agent.agentId;
  }
  return undefined;
}

async function actionGroups(client: BedrockAgentClient, agentId: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const page of paginateListAgentActionGroups({ client }, { agentId, agentVersion: DRAFT })) {
    for (const { actionGroupName } of page.actionGroupSummaries ?? []) if (actionGroupName) names.add(actionGroupName);
  }
  return names;
}
