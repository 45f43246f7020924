import { byText } from '../inventory/claim.ts';
import { parseArn } from '../kernel/arn.ts';
import { type AccountId, derivedId } from '../kernel/ids.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { CompiledPolicy, Resource } from '../policy/index.ts';
import { controllables, existingType } from './controllables.ts';
import { type GraphEntity, isObserved } from './documents.ts';
import type { Derivation } from './grant.ts';
import type { GraphIndex } from './graph.ts';
import { guardrailsOf } from './guardrails.ts';
import { examplesOf } from './named-example.ts';
import { onceTrusted, passing, serviceTrust } from './pass-role.ts';
import { allOf, isStronger, permitted, strongestOf } from './permitted.ts';
import { mentionsAll, possiblePolicies } from './policy-mentions.ts';
import type { Identity } from './principal.ts';
import { tagsOf } from './properties.ts';
import { inRegion, regionIn } from './request-context.ts';
import type { NeededAction, Technique } from './technique.ts';
import { TECHNIQUES } from './techniques.ts';

/** An identity commands a workload, a role or a user, as far as policies tell. Derived, never stored. */
export interface CanControl extends Derivation {
  readonly edge_type: 'CAN_CONTROL';
  readonly _id: string;
  readonly to: GraphEntity;
  /** Id of the technique that shows it. */
  readonly technique: string;
  /** Everything that the technique needs, as AWS writes it. */
  readonly actions: readonly string[];
}

/** An identity in its account, ready to be asked about techniques. */
export interface Candidate {
  readonly identity: Identity;
  readonly account: AccountId;
  readonly partition: string;
  /** What is known of every resource of the account. */
  readonly home: Pick<Resource, 'account' | 'organization' | 'management_account'>;
}

/** Techniques by which something is controlled that is not the account as a whole. */
const OF_THINGS = TECHNIQUES.filter(({ controls }) => !controls.includes('aws_account'));

/** What identities command in their own accounts: one edge for each thing, for the technique that proves most, the first in the table among equals. */
export interface WorkloadControl {
  /** Ordered by id. Of an identity that nobody saw nothing is said. */
  readonly from: (identity: Identity) => readonly CanControl[];
  /** The same for one thing. */
  readonly over: (identity: Identity, target: GraphEntity) => CanControl | undefined;
}

/** Answers what identities of a graph command. */
export function workloadControl(graph: GraphIndex): WorkloadControl {
  const trusts = serviceTrust(graph);
  const find = (
    identity: Identity,
    targetsOf: (candidate: Candidate, technique: Technique) => readonly GraphEntity[],
  ) => {
    const best = new Map<string, CanControl>();
    const candidate = candidateOf(graph, identity);
    const policies = possiblePolicies(identity);
    for (const technique of candidate ? OF_THINGS : []) {
      if (!candidate || !mentionsAll(policies, technique.needs)) continue;
      const targets = targetsOf(candidate, technique).filter(({ _id }) => _id !== identity.entity._id);
      const standing = targets.length > 0 ? withoutTarget(graph, candidate, technique) : undefined;
      for (const target of standing ? targets : []) {
        if (!standing || best.get(target._id)?.verdict === 'allowed') continue;
        const derivation = allOf(ofTarget(graph, candidate, technique, target, standing, trusts));
        if (derivation && isStronger(derivation, best.get(target._id))) {
          best.set(target._id, edgeTo(graph, identity, target, technique, derivation));
        }
      }
    }
    return [...best.values()].sort((a, b) => byText(a._id, b._id));
  };
  return {
    from: (identity) =>
      find(identity, ({ account }, { controls }) => controls.flatMap((type) => controllables(graph, account, type))),
    over: (identity, target) =>
      find(identity, (_, { controls }) => (controls.includes(target.entity_type) ? [target] : []))[0],
  };
}

/** Whether who has these policies could command things of a type: where not, nothing needs to be asked. */
export const mightCommand = (policies: readonly CompiledPolicy[], type: EntityType): boolean =>
  OF_THINGS.some(({ controls, needs }) => controls.includes(type) && mentionsAll(policies, needs));

/** The identity with its account; undefined where it is of none, or where nobody saw it. */
export function candidateOf(graph: GraphIndex, identity: Identity): Candidate | undefined {
  const { account, entity } = identity;
  if (account === null || !isObserved(entity)) return undefined;
  const partition = parseArn(entity.source_record_id)?.partition ?? 'aws';
  const { organization, management_account } = guardrailsOf(graph, account, partition);
  return { identity, account, partition, home: { account, organization, management_account } };
}

/** The needs of a technique that are the same whatever it controls. */
function withoutTarget(graph: GraphIndex, candidate: Candidate, { needs }: Technique): Derivation | undefined {
  const groups = Map.groupBy(needs, ({ of }) => of);
  const each = [...groups].map(([of, group]): Derivation | undefined => {
    if (of === '*') return allOf(group.map(({ action }) => ask(candidate, action, '*')));
    const type = existingType(of);
    if (type) {
      const existing = controllables(graph, candidate.account, type);
      return strongestOf(
        existing.map((entity) => allOf(group.map(({ action }) => askEntity(candidate, action, entity)))),
      );
    }
    return of.startsWith('arn:') ? ofAnything(candidate, of, group) : NOTHING_NEEDED;
  });
  return allOf(each);
}

const NOTHING_NEEDED: Derivation = { verdict: 'allowed', conditions: [], grants: [] };

/** All actions on one and the same thing, under a name for which they are allowed best. */
function ofAnything(candidate: Candidate, form: string, group: readonly NeededAction[]): Derivation | undefined {
  const actions = group.map(({ action }) => action);
  const examples = examplesOf(form, actions, candidate.identity, candidate);
  return strongestOf(examples.map((arn) => allOf(actions.map((action) => ask(candidate, action, arn)))));
}

function* ofTarget(
  graph: GraphIndex,
  candidate: Candidate,
  { needs, service, controls, instance_profile }: Technique,
  target: GraphEntity,
  standing: Derivation,
  trusts: ReturnType<typeof serviceTrust>,
): Generator<Derivation | undefined> {
  if (instance_profile && !graph.edgesTo(target._id, 'AUTHENTICATES_AS').some(isInstanceProfile)) yield undefined;
  for (const { action, of } of needs) {
    if (of === 'trusting_target') yield onceTrusted(graph, candidate, target);
    else if (of === 'roles_of_target') yield passing(graph, candidate, { service, target });
    else if (of !== 'target') continue;
    else if (action === 'iam:PassRole') yield passing(graph, candidate, { service, role: target });
    else yield askEntity(candidate, action, target);
  }
  if (service !== undefined && controls.includes('aws_iam_role')) yield trusts(target, service);
  yield standing;
}

const isInstanceProfile = ({ from }: { readonly from: { readonly entity_type: string } }): boolean =>
  from.entity_type === 'aws_iam_instance_profile';

/** What policies say of an action on something that the graph has no record of. In which region that is, is for the caller to choose. */
export const ask = ({ identity, home }: Candidate, action: string, arn: string): Derivation | undefined =>
  permitted(identity, { action, resource: { arn, ...home }, context: identity.context });

/** What policies say of an action on an entity of the identity's account. */
export function askEntity({ identity, home }: Candidate, action: string, entity: GraphEntity): Derivation | undefined {
  const arn = entity.source_record_id;
  const context = inRegion(identity.context, regionIn(arn));
  return permitted(identity, { action, resource: { arn, ...home, tags: tagsOf(entity) }, context });
}

function edgeTo(
  graph: GraphIndex,
  { entity: from }: Identity,
  to: GraphEntity,
  { id, needs }: Technique,
  derivation: Derivation,
): CanControl {
  return {
    edge_type: 'CAN_CONTROL',
    _id: derivedId(graph.tenant_id, 'CAN_CONTROL', from._id, to._id),
    to,
    technique: id,
    actions: [...new Set(needs.map(({ action }) => action))],
    ...derivation,
  };
}
