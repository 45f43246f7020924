import {
  type Compliance,
  type ConfigRule,
  ConfigServiceClient,
  DescribeComplianceByConfigRuleCommand,
  type DescribeComplianceByConfigRuleResponse,
  DescribeConfigRulesCommand,
  type DescribeConfigRulesResponse,
} from '@aws-sdk/client-config-service';
import * as z from 'zod';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { unqualified } from '../lambda/function-arn.ts';
import { namedEdge } from '../named-edge.ts';
import { known, required } from '../properties.ts';
import { checkpoint, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'config:DescribeConfigRules';
const COMPLIANCE = 'config:DescribeComplianceByConfigRule';

/** "ConfigRuleNames: maximum number of 25 items". https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html */
const NAMES_AT_ONCE = 25;

/** The rules of a region, the functions that they ask, and how the account fares by them (which is activity). */
export const rules: AwsCollector = {
  id: 'config.rules',
  category: 'aws_config',
  regional: true,
  entity_types: ['aws_config_rule'],
  edge_types: ['BELONGS_TO', 'INVOKES'],
  actions: [LIST, COMPLIANCE],
  async *collect(session, cursor) {
    const client = session.client(ConfigServiceClient);
    const listing = pages<DescribeConfigRulesResponse>({
      action: LIST,
      cursor,
      fetch: (NextToken) => client.send(new DescribeConfigRulesCommand({ NextToken })),
      next: (page) => page.NextToken,
    });
    for await (const page of listing) {
      const found = listed(LIST, page.ConfigRules);
      for (let start = 0; start < found.length; start += NAMES_AT_ONCE) {
        const some = found.slice(start, start + NAMES_AT_ONCE);
        const compliance = yield* complianceOf(session, some);
        for (const rule of some) {
          const item = rule.ConfigRuleArn ?? rule.ConfigRuleName ?? 'a rule without a name';
          yield* oneItem({ action: LIST, item }, () => toRule(rule, session, compliance));
        }
      }
      yield* checkpoint(page.NextToken);
    }
  },
};

type ComplianceByName = ReadonlyMap<string, Compliance>;

/** Compliance of some rules in one call. Where one of them was deleted meanwhile AWS tells of none: it is asked again next time. */
async function* complianceOf(session: AwsSession, some: readonly ConfigRule[]) {
  const ConfigRuleNames = some.flatMap(({ ConfigRuleName }) => ConfigRuleName ?? []);
  const item = `compliance of ${ConfigRuleNames.length} rules from ${ConfigRuleNames[0]} on`;
  const absent = ['NoSuchConfigRuleException'];
  return yield* readItem<ComplianceByName>({ action: COMPLIANCE, item, absent }, async () => {
    const client = session.client(ConfigServiceClient);
    const byName = new Map<string, Compliance>();
    const listing = pages<DescribeComplianceByConfigRuleResponse>({
      action: COMPLIANCE,
      fetch: (NextToken) => client.send(new DescribeComplianceByConfigRuleCommand({ ConfigRuleNames, NextToken })),
      next: (page) => page.NextToken,
    });
    for await (const page of listing) {
      for (const { ConfigRuleName, Compliance } of listed(COMPLIANCE, page.ComplianceByConfigRules)) {
        if (ConfigRuleName && Compliance) byName.set(ConfigRuleName, Compliance);
      }
    }
    return byName;
  });
}

/** A rule, by whose judgement it goes, and how the account fares by it. Of its parameters the names are kept. Throws TypeError on a record that makes no sense. */
export function* toRule(
  rule: ConfigRule,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  compliance: Reading<ComplianceByName>,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_config_rule', required(rule.ConfigRuleArn, 'ConfigRuleArn'));
  const name = required(rule.ConfigRuleName, 'ConfigRuleName');
  const { Owner, SourceIdentifier, SourceDetails, CustomPolicyDetails } = required(rule.Source, 'Source');
  const asked = Owner === 'CUSTOM_LAMBDA' ? unqualified(required(SourceIdentifier, 'SourceIdentifier')) : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn: ref.source_record_id,
      name,
      region: session.region,
      state: rule.ConfigRuleState,
      source_owner: required(Owner, 'Source.Owner'),
      // AWS's own name of a managed rule, or the ARN of a function; a custom policy has none.
      source_identifier: SourceIdentifier ?? null,
      policy_runtime: CustomPolicyDetails?.PolicyRuntime,
      triggers: (SourceDetails ?? [])
        .map(({ MessageType, MaximumExecutionFrequency }) =>
          known({ message_type: MessageType, frequency: MaximumExecutionFrequency }),
        )
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      frequency: rule.MaximumExecutionFrequency,
      evaluation_modes: (rule.EvaluationModes ?? []).flatMap(({ Mode }) => Mode ?? []).sort(),
      resource_types: [...(rule.Scope?.ComplianceResourceTypes ?? [])].sort(),
      resource_id: rule.Scope?.ComplianceResourceId,
      resource_tag: rule.Scope?.TagKey && known({ key: rule.Scope.TagKey, value: rule.Scope.TagValue }),
      parameter_names: namesIn(rule.InputParameters),
      // The service that made the rule and keeps it: `securityhub.amazonaws.com`.
      created_by: rule.CreatedBy ?? null,
    }),
    api: LIST,
  };
  yield belongsTo(ref, session, LIST);
  const api = LIST;
  yield* namedEdge(ref, {
    edge_type: 'INVOKES',
    field: 'SourceIdentifier',
    to: 'aws_lambda_function',
    arn: asked,
    api,
  });
  const fares = compliance.known ? compliance.value?.get(name) : undefined;
  if (fares) {
    const { ComplianceType, ComplianceContributorCount: count } = fares;
    yield {
      kind: 'activity',
      entity: ref,
      name: 'compliance',
      value: {
        status: ComplianceType ?? null,
        // AWS stops counting at 25.
        noncompliant_resources: count?.CappedCount ?? null,
        or_more: count?.CapExceeded ?? false,
      },
    };
  }
}

const PARAMETERS = z.record(z.string(), z.unknown());

/** The names of parameters from the JSON object in which AWS has them. Their values are the account's own affair. */
function namesIn(parameters: string | undefined): readonly string[] {
  if (!parameters) return [];
  try {
    return Object.keys(PARAMETERS.parse(JSON.parse(parameters))).sort();
  } catch {
    throw new TypeError('the parameters of the rule are not a JSON object');
  }
}
