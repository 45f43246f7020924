import { type AgentActionGroup, BedrockAgentClient, GetAgentActionGroupCommand } from '@aws-sdk/client-bedrock-agent';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ActionGroup, actionGroup } from '../../../../src/connectors/aws/bedrock/action-group.ts';
import { agents } from '../../../../src/connectors/aws/bedrock/agents.ts';
import { look } from '../look.ts';
import { ARN, accountWithAgent, aGroup, gone, hops, LAMBDA, role } from './an-agent.ts';

const bedrock = mockClient(BedrockAgentClient);
beforeEach(() => accountWithAgent(bedrock));

describe('an action group', () => {
  const EXECUTORS: readonly (readonly [string, Partial<AgentActionGroup>, Partial<ActionGroup>])[] = [
    ['a function', {}, { executor: 'lambda', lambda_arn: LAMBDA }],
    [
      'its caller',
      { actionGroupExecutor: { customControl: 'RETURN_CONTROL' } },
      { executor: 'return_control', lambda_arn: null },
    ],
    [
      'AWS itself',
      { actionGroupExecutor: undefined, parentActionSignature: 'AMAZON.CodeInterpreter' },
      { executor: 'none', parent_signature: 'AMAZON.CodeInterpreter' },
    ],
    ['something new', { actionGroupExecutor: { $unknown: ['remote', {}] } }, { executor: 'unknown', lambda_arn: null }],
  ];
  it.each(EXECUTORS)('is done by %s', (_, overrides, expected) => {
    expect(actionGroup(aGroup(overrides), 'DRAFT')).toMatchObject(expected);
  });

  it('names its functions and which of them ask before they act', () => {
    const functions = [{ name: 'open_ticket', requireConfirmation: 'ENABLED' as const }, { name: 'list_tickets' }];
    expect(actionGroup(aGroup({ functionSchema: { functions } }), 'DRAFT').functions).toEqual([
      { name: 'open_ticket', requires_confirmation: true },
      { name: 'list_tickets', requires_confirmation: false },
    ]);
  });

  it('says where its schema is', () => {
    const s3 = { s3BucketName: 'schemas', s3ObjectKey: 'tickets.json' };
    expect(actionGroup(aGroup({ apiSchema: { s3 } }), '1')).toMatchObject({
      api_schema: 's3',
      api_schema_bucket: 'schemas',
    });
    expect(actionGroup(aGroup({ apiSchema: { payload: '{}' } }), '1')).toMatchObject({ api_schema: 'inline' });
    expect(actionGroup(aGroup(), '1')).toMatchObject({ api_schema: null, api_schema_bucket: null });
  });

  it('that is switched off is told of, and invokes nothing', async () => {
    bedrock.on(GetAgentActionGroupCommand).resolves({ agentActionGroup: aGroup({ actionGroupState: 'DISABLED' }) });
    const { nodes, edges } = await look(agents);
    expect(nodes[0]?.properties.action_groups).toEqual([
      expect.objectContaining({ enabled: false, lambda_arn: LAMBDA }),
    ]);
    expect(hops(edges).map(([type]) => type)).toEqual(['RUNS_AS']);
  });

  it('that invokes an alias of a function leads to the function and names the alias', async () => {
    bedrock.on(GetAgentActionGroupCommand).resolves({
      agentActionGroup: aGroup({ actionGroupExecutor: { lambda: `${LAMBDA}:live` } }),
    });
    expect((await look(agents)).edges.at(-1)).toMatchObject({
      to: { source_record_id: LAMBDA },
      properties: { qualifiers: ['live'], action_groups: ['tickets'] },
    });
  });

  it('that makes no sense is one gap; the agent and its other edges go on, and nobody takes the rest for all', async () => {
    bedrock
      .on(GetAgentActionGroupCommand)
      .resolves({ agentActionGroup: aGroup({ actionGroupExecutor: { lambda: 'bridge' } }) });
    const { nodes, edges, gaps, row } = await look(agents);
    expect(gaps).toEqual([
      expect.objectContaining({
        code: 'unreadable_item',
        action: 'bedrock:GetAgentActionGroup',
        item: `${ARN}/version/DRAFT/action-group/G1`,
      }),
    ]);
    expect(hops(edges)).toEqual([['RUNS_AS', role('router'), ['DRAFT']]]);
    expect(nodes[0]?.properties).not.toHaveProperty('action_groups');
    expect(row.status).toBe('failed');
  });

  it('that vanished while we looked is absent', async () => {
    bedrock.on(GetAgentActionGroupCommand).rejects(gone());
    const { nodes, row } = await look(agents);
    expect(nodes[0]?.properties.action_groups).toEqual([]);
    expect(row.status).toBe('complete');
  });
});
