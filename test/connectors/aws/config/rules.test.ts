import {
  type ConfigRule,
  ConfigServiceClient,
  DescribeComplianceByConfigRuleCommand,
  DescribeConfigRulesCommand,
} from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { rules, toRule } from '../../../../src/connectors/aws/config/rules.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, awsError, HOME, look, REGION } from '../look.ts';

const arnOf = (id: string) => `arn:aws:config:${REGION}:${ACCOUNT}:config-rule/config-rule-${id}`;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:judge`;

// https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigRule.html
const aRule = (overrides: Partial<ConfigRule> = {}): ConfigRule => ({
  ConfigRuleName: 'keys-rotate',
  ConfigRuleArn: arnOf('1'),
  ConfigRuleId: 'config-rule-1',
  ConfigRuleState: 'ACTIVE',
  Source: { Owner: 'AWS', SourceIdentifier: 'ACCESS_KEYS_ROTATED' },
  Scope: { ComplianceResourceTypes: ['AWS::IAM::User', 'AWS::IAM::Role'] },
  InputParameters: '{"maxAccessKeyAge":"90","approvedAddress":"alice@example.com"}',
  MaximumExecutionFrequency: 'TwentyFour_Hours',
  EvaluationModes: [{ Mode: 'DETECTIVE' }],
  ...overrides,
});
const many = (count: number) =>
  Array.from({ length: count }, (_, number) =>
    aRule({ ConfigRuleName: `r-${number}`, ConfigRuleArn: arnOf(`${number}`) }),
  );

const convert = (overrides: Partial<ConfigRule>) => sorted(toRule(aRule(overrides), HOME, { known: false }));

const aws = mockClient(ConfigServiceClient);
beforeEach(() => {
  aws.reset();
  aws.on(DescribeConfigRulesCommand).resolves({ ConfigRules: [aRule()] });
  aws.on(DescribeComplianceByConfigRuleCommand).resolves({ ComplianceByConfigRules: [] });
});

describe('a rule', () => {
  it('is a node with its source, and the names of its parameters alone', async () => {
    const seen = await look(rules);
    expect(seen.nodes[0]?.properties).toEqual({
      arn: arnOf('1'),
      name: 'keys-rotate',
      region: REGION,
      state: 'ACTIVE',
      source_owner: 'AWS',
      source_identifier: 'ACCESS_KEYS_ROTATED',
      triggers: [],
      frequency: 'TwentyFour_Hours',
      evaluation_modes: ['DETECTIVE'],
      resource_types: ['AWS::IAM::Role', 'AWS::IAM::User'],
      parameter_names: ['approvedAddress', 'maxAccessKeyAge'],
      created_by: null,
    });
    expect(seen.edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(JSON.stringify(seen)).not.toContain('alice');
    expect(seen.row.status).toBe('complete');
  });

  it('of a function invokes it, whatever version', () => {
    const Source = { Owner: 'CUSTOM_LAMBDA' as const, SourceIdentifier: `${FUNCTION}:live` };
    expect(convert({ Source }).edges[1]).toMatchObject({
      edge_type: 'INVOKES',
      to: { entity_type: 'aws_lambda_function', source_record_id: FUNCTION },
    });
  });

  it.each<[string, Partial<ConfigRule>, object]>([
    [
      'of a policy of its own has the language, and not the text',
      {
        Source: { Owner: 'CUSTOM_POLICY', CustomPolicyDetails: { PolicyRuntime: 'guard-2.x.x', PolicyText: 'secret' } },
      },
      { source_owner: 'CUSTOM_POLICY', source_identifier: null, policy_runtime: 'guard-2.x.x' },
    ],
    ['of a service names it', { CreatedBy: 'securityhub.amazonaws.com' }, { created_by: 'securityhub.amazonaws.com' }],
    ['without parameters', { InputParameters: undefined }, { parameter_names: [] }],
    ['for a tag', { Scope: { TagKey: 'env', TagValue: 'prod' } }, { resource_tag: { key: 'env', value: 'prod' } }],
    ['without a scope', { Scope: undefined }, { resource_types: [] }],
  ])('%s', (_, overrides, expected) => {
    const { nodes } = convert(overrides);
    expect(nodes[0]?.properties).toMatchObject(expected);
    expect(JSON.stringify(nodes)).not.toContain('secret');
  });

  it.each<[string, Partial<ConfigRule>, string]>([
    ['without an ARN', { ConfigRuleArn: undefined }, 'no ConfigRuleArn'],
    ['without a source', { Source: undefined }, 'no Source'],
    ['of a function that is not named', { Source: { Owner: 'CUSTOM_LAMBDA' } }, 'no SourceIdentifier'],
    ['whose parameters are no JSON', { InputParameters: 'alice@example.com' }, 'not a JSON object'],
    ['whose parameters are a list', { InputParameters: '["alice"]' }, 'not a JSON object'],
  ])('%s is unreadable', (_, overrides, message) => {
    expect(() => convert(overrides)).toThrow(message);
  });
});

describe('compliance', () => {
  it('is activity of its rule', async () => {
    aws.on(DescribeComplianceByConfigRuleCommand).resolves({
      ComplianceByConfigRules: [
        {
          ConfigRuleName: 'keys-rotate',
          Compliance: {
            ComplianceType: 'NON_COMPLIANT',
            ComplianceContributorCount: { CappedCount: 25, CapExceeded: true },
          },
        },
      ],
    });
    const { observations } = await look(rules);
    expect(observations).toContainEqual({
      kind: 'activity',
      entity: { entity_type: 'aws_config_rule', source_system_id: `aws:${ACCOUNT}`, source_record_id: arnOf('1') },
      name: 'compliance',
      value: { status: 'NON_COMPLIANT', noncompliant_resources: 25, or_more: true },
    });
  });

  it('is asked for 25 rules at once', async () => {
    aws.on(DescribeConfigRulesCommand).resolves({ ConfigRules: many(30) });
    await look(rules);
    const asked = aws
      .commandCalls(DescribeComplianceByConfigRuleCommand)
      .map(({ args }) => args[0].input.ConfigRuleNames);
    expect(asked.map((names) => names?.length)).toEqual([25, 5]);
  });

  it('that is refused leaves the rules, and is one gap', async () => {
    aws.on(DescribeComplianceByConfigRuleCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps, row } = await look(rules);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([
      expect.objectContaining({ code: 'access_denied', action: 'config:DescribeComplianceByConfigRule' }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('of a rule that was deleted meanwhile takes nothing from the others', async () => {
    aws.on(DescribeComplianceByConfigRuleCommand).rejects(awsError('NoSuchConfigRuleException'));
    const { nodes, gaps, row } = await look(rules);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([]);
    expect(row.status).toBe('complete');
  });
});

describe('the rules of a region', () => {
  it('come page by page, and go on at a cursor', async () => {
    aws.on(DescribeConfigRulesCommand).resolves({ ConfigRules: many(1), NextToken: '2' });
    aws.on(DescribeConfigRulesCommand, { NextToken: '2' }).resolves({ ConfigRules: [aRule()] });
    const { cursors, nodes } = await look(rules);
    expect(cursors).toEqual(['2']);
    expect(nodes).toHaveLength(2);
    expect((await look(rules, '2')).nodes).toHaveLength(1);
  });

  it('of which one makes no sense are there but for that', async () => {
    const odd = aRule({ ConfigRuleArn: arnOf('odd'), InputParameters: 'alice@example.com' });
    aws.on(DescribeConfigRulesCommand).resolves({ ConfigRules: [odd, aRule()] });
    const seen = await look(rules);
    expect(seen.nodes.map(({ source_record_id }) => source_record_id)).toEqual([arnOf('1')]);
    expect(seen.gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: arnOf('odd') })]);
    expect(JSON.stringify(seen)).not.toContain('alice');
  });

  it('that may not be listed are a gap; an answer without its list is malformed', async () => {
    aws.on(DescribeConfigRulesCommand).rejects(awsError('AccessDeniedException'));
    expect((await look(rules)).row.status).toBe('denied');
    aws.on(DescribeConfigRulesCommand).resolves({});
    expect((await look(rules)).row.status).toBe('failed');
  });
});
