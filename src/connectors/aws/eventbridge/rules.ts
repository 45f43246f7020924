import {
  EventBridgeClient,
  ListRulesCommand,
  type ListRulesResponse,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  type ListTargetsByRuleResponse,
  type Rule,
  type Tag,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { parseArn } from '../../../kernel/arn.ts';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation } from '../../../observations/observation.ts';
import { definitionInUse, type LookedAt } from '../ecs-ecr/task-definitions.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import type { ReadPage, StepOutcome } from '../nested-listings.ts';
import { known, required } from '../properties.ts';
import { answered, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';
import { patternFacts } from './event-pattern.ts';
import { runsAs, toInvocation } from './invocation.ts';

const LIST = 'events:ListRules';
const TARGETS = 'events:ListTargetsByRule';
const TAGS = 'events:ListTagsForResource';
export const RULE_ACTIONS = [LIST, TARGETS, TAGS] as const;

/** A page of the rules of a bus, with their targets. */
export async function* rulesOf(
  session: AwsSession,
  bus: string,
  read: ReadPage,
  definitions: LookedAt,
): AsyncGenerator<Observation, StepOutcome, undefined> {
  const client = session.client(EventBridgeClient);
  const page = await read<ListRulesResponse>(LIST, (NextToken) =>
    client.send(new ListRulesCommand({ EventBusName: busName(bus), NextToken })),
  );
  for (const rule of listed(LIST, page.Rules)) {
    yield* oneItem({ action: LIST, item: rule.Arn ?? rule.Name ?? 'a rule without a name' }, () =>
      lookAtRule(session, bus, rule, definitions),
    );
  }
  return { next: page.NextToken };
}

/** A partner's bus has slashes in its name. */
const busName = (arn: string): string | undefined => parseArn(arn)?.resource.replace(/^event-bus\//, '');

async function* lookAtRule(
  session: AwsSession,
  bus: string,
  rule: Rule,
  definitions: LookedAt,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(EventBridgeClient);
  const item = required(rule.Arn, 'Arn');
  const Rule = required(rule.Name, 'Name');
  const targets = yield* readItem({ action: TARGETS, item }, async () => {
    const all: Target[] = [];
    // A rule has a handful of targets: these are gathered.
    const listing = pages<ListTargetsByRuleResponse>({
      action: TARGETS,
      fetch: (NextToken) => client.send(new ListTargetsByRuleCommand({ Rule, EventBusName: busName(bus), NextToken })),
      next: (page) => page.NextToken,
    });
    for await (const page of listing) all.push(...listed(TARGETS, page.Targets));
    return all;
  });
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ ResourceARN: item }))).Tags, 'Tags'),
  );
  for (const { EcsParameters } of (targets.known && targets.value) || []) {
    if (EcsParameters?.TaskDefinitionArn) yield* definitionInUse(session, EcsParameters.TaskDefinitionArn, definitions);
  }
  yield* toRule(rule, bus, session, { targets, tags, definitions });
}

/** What other calls told about a rule. */
export interface RuleDetails {
  readonly targets: Reading<readonly Target[]>;
  readonly tags: Reading<readonly Tag[]>;
  readonly definitions: LookedAt;
}

/** A rule: its bus starts it, and it starts its targets. Throws TypeError on a record that makes no sense. */
export function* toRule(
  rule: Rule,
  bus: string,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { targets, tags, definitions }: RuleDetails,
): Generator<Observation, void, undefined> {
  const arn = required(rule.Arn, 'Arn');
  const name = required(rule.Name, 'Name');
  const ref = arnRef('aws_event_rule', arn);
  const pattern = rule.EventPattern ? patternFacts(rule.EventPattern) : undefined;
  const found = targets.known ? (targets.value ?? []) : undefined;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      bus_arn: bus,
      state: rule.State,
      schedule: rule.ScheduleExpression ?? null,
      event_sources: pattern?.sources,
      event_detail_types: pattern?.detail_types,
      event_accounts: pattern?.accounts,
      role_arn: rule.RoleArn ?? null,
      managed_by: rule.ManagedBy ?? null,
      targets: found?.map(targetProperty).sort((a, b) => (a.id < b.id ? -1 : 1)),
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { targets: TARGETS, tags: TAGS },
  };
  yield belongsTo(ref, session, LIST);
  // Rules with a schedule only are on a bus too, but no event of it starts them.
  if (pattern) {
    yield {
      kind: 'edge',
      edge_type: 'INVOKES',
      from: arnRef('aws_event_bus', bus),
      to: ref,
      stated_by: statedBy(arn, `EventBusName[${bus}]`),
      properties: known({ state: rule.State }),
      api: LIST,
    };
  }
  if (rule.RoleArn) yield runsAs(ref, rule.RoleArn, { field: 'RoleArn', api: LIST });
  for (const target of found ?? []) {
    yield* toInvocation(
      ref,
      { arn: target.Arn ?? '', role_arn: target.RoleArn, task_definition: target.EcsParameters?.TaskDefinitionArn },
      { field: `Targets[${target.Id}]`, api: TARGETS, definitions },
    );
  }
}

/** A target as a property: of every kind, also those that are no node. What it is given is content. */
const targetProperty = (target: Target) =>
  ({
    id: required(target.Id, 'Targets.Id'),
    arn: required(target.Arn, 'Targets.Arn'),
    role_arn: target.RoleArn ?? null,
    dead_letter_arn: target.DeadLetterConfig?.Arn ?? null,
  }) satisfies Json;
