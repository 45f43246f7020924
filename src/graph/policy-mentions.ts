import { type CompiledPolicy, servicesNamed, speaksOf } from '../policy/index.ts';
import type { Identity } from './principal.ts';
import type { NeededAction } from './technique.ts';

/** What is known of the Allows of a policy: the services that they speak of, and the actions that were asked for. */
interface Mentions {
  readonly services: ReadonlySet<string>;
  readonly actions: Map<string, boolean>;
}

const known = new WeakMap<CompiledPolicy, Mentions>();

/** Whether a policy allows an action on anything at all. Each is looked at once. */
function mentions(policy: CompiledPolicy, action: string): boolean {
  let found = known.get(policy);
  if (!found) {
    found = { services: servicesNamed(policy), actions: new Map() };
    known.set(policy, found);
  }
  const { services, actions } = found;
  if (!services.has('*') && !services.has(action.slice(0, action.indexOf(':')))) return false;
  const answer = actions.get(action) ?? speaksOf(policy, action);
  actions.set(action, answer);
  return answer;
}

/** Whether one of some policies allows the action on anything at all. */
const isMentionedIn = (policies: readonly CompiledPolicy[], action: string): boolean =>
  policies.some((policy) => mentions(policy, action));

/** Whether some policies allow each of the actions on anything at all: where not, nothing needs to be asked. A trust needs no identity policy beside it. */
export const mentionsAll = (policies: readonly CompiledPolicy[], needs: readonly NeededAction[]): boolean =>
  needs.every(({ action, of }) => of === 'trusting_target' || isMentionedIn(policies, action));

/** The identity policies of an identity; one that could not be read might say anything. */
export const possiblePolicies = (identity: Identity): readonly CompiledPolicy[] => identity.set('best').identity ?? [];

/** The identity policies of an identity that could be read. */
export const readPolicies = ({ policies }: Identity): readonly CompiledPolicy[] =>
  policies.flatMap(({ reading }) => (reading.state === 'unknown' ? [] : [reading.policy]));
