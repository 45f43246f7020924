import { setTimeout } from 'node:timers/promises';
import { AccessAnalyzerClient, CreateAnalyzerCommand, CreateArchiveRuleCommand } from '@aws-sdk/client-accessanalyzer';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Spoke, startSpoke } from './spoke.ts';

let spoke: Spoke;
beforeAll(async () => {
  spoke = await startSpoke();
  const analyzers = spoke.root(AccessAnalyzerClient);
  await analyzers.send(new CreateAnalyzerCommand({ analyzerName: 'outside', type: 'ACCOUNT', tags: { team: 'x' } }));
  await analyzers.send(new CreateAnalyzerCommand({ analyzerName: 'unused', type: 'ACCOUNT_UNUSED_ACCESS' }));
  await analyzers.send(
    new CreateArchiveRuleCommand({
      analyzerName: 'outside',
      ruleName: 'partners',
      filter: { 'principal.AWS': { eq: ['999999999999'] } },
    }),
  );
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${spoke.other_account}:root` },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'partner' } },
      },
    ],
  });
  await spoke.root(IAMClient).send(new CreateRoleCommand({ RoleName: 'partner', AssumeRolePolicyDocument }));
});
afterAll(() => spoke?.stop());

test('analyzers are seen with the names of their archive rules', async () => {
  const { nodes, gaps, coverage } = await spoke.collect('aws_access_analyzer');
  expect(gaps).toEqual([]);
  expect(coverage).toEqual({ 'access-analyzer.analyzers': 'complete' });
  const seen = nodes.filter(({ entity_type }) => entity_type === 'aws_access_analyzer');
  expect(seen.map(({ properties }) => [properties.name, properties.type, properties.archive_rules])).toEqual([
    ['outside', 'ACCOUNT', ['partners']],
    ['unused', 'ACCOUNT_UNUSED_ACCESS', []],
  ]);
});

test('a role that trusts another account is found, with the condition', async () => {
  const { nodes } = await spoke.collect('aws_access_analyzer');
  const role = `arn:aws:iam::${spoke.account}:role/partner`;
  expect(nodes.filter(({ properties }) => properties.resource_arn === role)).toEqual([
    expect.objectContaining({
      entity_type: 'aws_access_finding',
      properties: expect.objectContaining({
        finding_type: 'ExternalAccess',
        status: 'ACTIVE',
        is_public: false,
        principals: [{ key: 'AWS', value: `arn:aws:iam::${spoke.other_account}:root` }],
        actions: ['sts:AssumeRole'],
        conditions: [{ key: 'sts:ExternalId', value: 'partner' }],
      }),
    }),
  ]);
});

test('a later look sees the same, to the second', async () => {
  const first = await spoke.collect('aws_access_analyzer');
  await setTimeout(1_100);
  const later = await spoke.collect('aws_access_analyzer');
  expect(first.nodes.filter(({ entity_type }) => entity_type === 'aws_access_finding')).not.toEqual([]);
  expect([later.nodes, later.edges]).toEqual([first.nodes, first.edges]);
});

test('findings that the account keeps from the spoke role are a gap for each analyzer, and the analyzers are there', async () => {
  const { nodes, gaps } = await spoke.without(['access-analyzer:ListFindings'], () =>
    spoke.collect('aws_access_analyzer'),
  );
  expect(nodes.map(({ entity_type }) => entity_type)).toEqual(['aws_access_analyzer', 'aws_access_analyzer']);
  const denied = { code: 'access_denied', action: 'access-analyzer:ListFindings' };
  expect(gaps).toEqual([expect.objectContaining(denied), expect.objectContaining(denied)]);
});

test.each([
  ['throttle', 'throttled'],
  ['cut', 'source_unreachable'],
  ['malform', 'source_unreachable'],
] as const)('findings that AWS meets with %s are a gap, and the analyzers are there', async (fault, code) => {
  spoke.aws.faults.inject({ when: { action: 'access-analyzer:ListFindings' }, fault, times: 1 });
  try {
    const { nodes, gaps, coverage } = await spoke.collect('aws_access_analyzer');
    expect(nodes.filter(({ entity_type }) => entity_type === 'aws_access_analyzer')).toHaveLength(2);
    expect(gaps).toEqual([expect.objectContaining({ code, action: 'access-analyzer:ListFindings' })]);
    expect(coverage).toEqual({ 'access-analyzer.analyzers': 'failed' });
  } finally {
    spoke.aws.faults.clear();
  }
});
