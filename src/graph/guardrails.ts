import type { AccountId } from '../kernel/ids.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import { type AttachedPolicy, controlPolicies, unknownPolicy } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { type Assumption, assumed } from './judge.ts';
import { perGraph } from './per-graph.ts';
import { textOf } from './properties.ts';

/** One list of policies for each level, from the organization down to the account. */
export type Levels<Policy> = readonly (readonly Policy[])[];

/** Control policies of one kind, and the same under an assumption about what could not be read: the same object each time. */
export interface LimitedBy {
  readonly policies: Levels<AttachedPolicy>;
  readonly set: (assumption: Assumption) => Levels<CompiledPolicy> | undefined;
}

/** What the organization of an account says about everybody in it and everything in it. */
export interface Guardrails {
  /** Id of the organization; left out where nobody saw that the account is in one, which does not say that it is in none. */
  readonly organization?: string;
  /** Neither SCPs nor RCPs reach it. */
  readonly management_account: boolean;
  readonly scps: LimitedBy;
  readonly rcps: LimitedBy;
}

type ControlKind = 'scp' | 'rcp';

/** What AWS calls the types, as discovery lists those that are enabled. */
const POLICY_TYPES = { scp: 'SERVICE_CONTROL_POLICY', rcp: 'RESOURCE_CONTROL_POLICY' } as const;

/**
 * What stands above an account. Where nobody saw that it is in an organization, nothing does: what the graph then says is an
 * upper bound, as control policies only take away. Where it is known to be in one whose policies could not be read, they are
 * unknown policies.
 */
export function guardrailsOf(graph: GraphIndex, account: AccountId, partition: string): Guardrails {
  const known = knownGuardrails(graph);
  const key = `${partition} ${account}`;
  const guardrails = known.get(key) ?? findGuardrails(graph, account, partition);
  known.set(key, guardrails);
  return guardrails;
}

const knownGuardrails = perGraph(() => new Map<string, Guardrails>());

function findGuardrails(graph: GraphIndex, account: AccountId, partition: string): Guardrails {
  const chain = levelsAbove(graph, graph.entityByArn(`arn:${partition}:iam::${account}:root`));
  const [top] = chain;
  const organization = top?.entity_type === 'aws_organization' ? top : undefined;
  const id = organization && organizationId(organization);
  return {
    ...(id === undefined ? {} : { organization: id }),
    management_account: organization !== undefined && textOf(organization, 'management_account_id') === account,
    scps: limitedBy(policiesOf(graph, chain, 'scp')),
    rcps: limitedBy(policiesOf(graph, chain, 'rcp')),
  };
}

/** `o-...`, which is also the last part of the organization's ARN. */
const organizationId = (organization: GraphEntity): string | undefined =>
  textOf(organization, 'organization_id') ?? /organization\/(o-[a-z0-9]+)$/.exec(organization.source_record_id)?.[1];

/** The account and everything above it, the highest first: the organization, or the last unit that anybody saw. */
function levelsAbove(graph: GraphIndex, account: GraphEntity | undefined): readonly GraphEntity[] {
  const chain: GraphEntity[] = [];
  const seen = new Set<string>();
  for (let level = account; level && !seen.has(level._id); ) {
    seen.add(level._id);
    chain.unshift(level);
    const above: string | undefined = graph.edgesFrom(level._id, 'BELONGS_TO')[0]?.to.id;
    level = above === undefined ? undefined : graph.entity(above);
  }
  return chain;
}

function policiesOf(graph: GraphIndex, chain: readonly GraphEntity[], kind: ControlKind): Levels<AttachedPolicy> {
  const [top] = chain;
  if (!top || chain.length === 1) return [];
  // A unit whose own unit nobody saw: more may stand above it.
  if (top.entity_type !== 'aws_organization') return [[unknownPolicy(kind, top, 'ParentId')]];
  const enabled = typesEnabled(top);
  if (enabled && !enabled.includes(POLICY_TYPES[kind])) return [];
  const levels = chain.map((level) => controlPolicies(graph, level, kind));
  const somewhere = unlocated(graph).filter(({ entity_type }) => entity_type === `aws_${kind}`);
  const unseen = somewhere.map((policy) => unknownPolicy(kind, policy, 'Targets'));
  // Where a type is enabled every level has at least one policy of it: that none is known says that nobody could list them.
  // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_attach.html
  if (enabled && levels.every(({ length }) => length === 0)) unseen.push(unknownPolicy(kind, top, 'Policies'));
  const [first = [], ...rest] = levels;
  return [[...first, ...unseen], ...rest];
}

/** The types of policy that are enabled in the organization; undefined where nobody said. */
function typesEnabled(organization: GraphEntity): readonly unknown[] | undefined {
  const types = organization.properties.policy_types;
  return Array.isArray(types) ? types : undefined;
}

/** Control policies of which could not be read what they are attached to: it may be anything in their organization. */
const unlocated = perGraph((graph) =>
  graph.entities.filter(
    ({ entity_type, properties }) =>
      (entity_type === 'aws_scp' || entity_type === 'aws_rcp') && properties.targets_known === false,
  ),
);

function limitedBy(policies: Levels<AttachedPolicy>): LimitedBy {
  const setIn = (assumption: Assumption): Levels<CompiledPolicy> | undefined =>
    policies.length === 0 ? undefined : policies.map((level) => level.map((policy) => assumed(policy, assumption)));
  const sets = { best: setIn('best'), worst: setIn('worst') };
  return { policies, set: (assumption) => sets[assumption] };
}
