import { type CompiledPolicy, principalsNamed } from '../policy/index.ts';
import { accessTable, hasAccessLevels } from './access-levels.ts';
import { accountOf } from './accounts.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { perGraph } from './per-graph.ts';
import type { Identity } from './principal.ts';
import { policiesOfResource, targetOf } from './resource.ts';

/** The name under which a policy means everybody. */
const EVERYBODY = '*';

/**
 * Answers which resources come into question for one identity, of all that there are: those of its own account, and those whose
 * own policy names it, since across accounts both sides have to allow. Never too few, sometimes too many. For whoever asks about
 * one identity, to whom what is found by asking about everybody is too much work.
 */
export const resourcesFor = perGraph((graph): ((identity: Identity) => readonly GraphEntity[]) => {
  const named = new Map<string, GraphEntity[]>();
  for (const resource of graph.entities) {
    if (!hasAccessLevels(resource.entity_type)) continue;
    for (const name of namesOfResource(graph, resource)) {
      const known = named.get(name);
      if (known) known.push(resource);
      else named.set(name, [resource]);
    }
  }
  return (identity) => [...new Set(namesOf(identity).flatMap((name) => named.get(name) ?? []))];
});

/** The account of a resource, and everybody whom its own policy lets in. */
function namesOfResource(graph: GraphIndex, resource: GraphEntity): ReadonlySet<string> {
  const account = accountOf(graph, resource);
  const names = new Set(account === undefined ? [] : [account]);
  if (policiesOfResource(graph, resource).length === 0) return names;
  // What nobody could read is taken to let in everybody.
  const policy = targetOf(graph, resource)?.set('best').resource;
  for (const { actions } of policy ? accessTable(resource.entity_type).levels : []) {
    for (const action of actions) for (const name of policy ? namesIn(policy, action) : []) names.add(name);
  }
  return names;
}

function* namesIn(policy: CompiledPolicy, action: string): Generator<string> {
  const { everybody, accounts, arns, unique_ids, sessions } = principalsNamed(policy, action);
  if (everybody) yield EVERYBODY;
  yield* accounts;
  yield* arns;
  yield* unique_ids;
  for (const { account, role_name } of sessions) yield sessionsOf(account, role_name);
}

/** Every name under which a policy can mean an identity. */
function namesOf({ principal: { arn, unique_id }, account }: Identity): readonly string[] {
  const ofAccount = account === null ? [] : [account, sessionsOf(account, arn.slice(arn.lastIndexOf('/') + 1))];
  return [EVERYBODY, arn, ...ofAccount, ...(unique_id === undefined ? [] : [unique_id])];
}

const sessionsOf = (account: string, role_name: string): string => `${account} ${role_name}`;
