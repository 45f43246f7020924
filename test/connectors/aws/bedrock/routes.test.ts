import * as bedrock from '@aws-sdk/client-bedrock';
import * as agent from '@aws-sdk/client-bedrock-agent';
import * as core from '@aws-sdk/client-bedrock-agentcore-control';
import { describe, expect, it } from 'vitest';
import { COLLECTORS } from '../../../../src/connectors/aws/bedrock/collectors.ts';
import { restAction } from '../../../../tools/local/fault-proxy/rest-actions.ts';
import { fakeAws } from '../fake-aws.ts';

const declared = new Set(COLLECTORS.flatMap(({ actions }) => actions).filter((action) => action.startsWith('bedrock')));

/** Whatever a call needs to be sent: names that stand in paths. An ARN has a colon and a slash. */
const INPUT = {
  agentId: 'A1',
  agentVersion: '1',
  actionGroupId: 'G1',
  knowledgeBaseId: 'K1',
  dataSourceId: 'D1',
  guardrailIdentifier: 'g1',
  modelIdentifier: 'arn:aws:bedrock:eu-west-1:111111111111:custom-model/a/b',
  jobIdentifier: 'arn:aws:bedrock:eu-west-1:111111111111:model-customization-job/a/b',
  resourceArn: 'arn:aws:bedrock:eu-west-1:111111111111:agent/A1',
  resourceARN: 'arn:aws:bedrock:eu-west-1:111111111111:guardrail/g1',
  agentRuntimeId: 'r-1',
  gatewayIdentifier: 'g-1',
  targetId: 'T1',
  memoryId: 'm-1',
  name: 'n',
};

/** The action that the fault proxy sees in a call, as the SDK sends it. */
async function seen(client: { send(command: never): Promise<unknown> }, command: unknown): Promise<string> {
  await client.send(command as never).catch(() => undefined);
  const request = sent.at(-1);
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request?.headers.authorization ?? '')?.[1] ?? '';
  const method = (request as unknown as { readonly method: string }).method;
  return `${service}:${restAction(service, method, new URL(`https://${request?.hostname}${request?.path}`))}`;
}

const { handler, sent } = fakeAws(() => ({ body: '{}' }));
const settings = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
  requestHandler: handler,
  maxAttempts: 1,
};

const CALLS = [
  ...callsOf(agent, new agent.BedrockAgentClient(settings), 'bedrock'),
  ...callsOf(bedrock, new bedrock.BedrockClient(settings), 'bedrock'),
  ...callsOf(core, new core.BedrockAgentCoreControlClient(settings), 'bedrock-agentcore'),
];

function callsOf(sdk: object, client: { send(command: never): Promise<unknown> }, prefix: string) {
  return Object.entries(sdk).flatMap(([name, command]) => {
    const action = `${prefix}:${name.replace(/Command$/, '')}`;
    return name.endsWith('Command') && declared.has(action) ? [{ action, client, command }] : [];
  });
}

describe('the fault proxy', () => {
  it.each(CALLS)('knows $action when it sees it', async ({ action, client, command }) => {
    expect(await seen(client, new command(INPUT))).toBe(action);
  });

  it('is tried with every declared call', () => {
    expect(new Set(CALLS.map(({ action }) => action))).toEqual(declared);
  });
});
