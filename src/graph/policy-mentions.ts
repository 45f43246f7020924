import { type CompiledPolicy, resourcesNamed } from '../policy/index.ts';
import type { Identity } from './principal.ts';
import type { NeededAction } from './technique.ts';

const known = new WeakMap<CompiledPolicy, Map<string, boolean>>();

/** Whether a policy allows an action on anything at all. Each is looked at once. */
function mentions(policy: CompiledPolicy, action: string): boolean {
  const actions = known.get(policy) ?? new Map<string, boolean>();
  known.set(policy, actions);
  const answer = actions.get(action) ?? resourcesNamed(policy, action).length > 0;
  actions.set(action, answer);
  return answer;
}

/** Whether one of the identity policies that could be read allows the action on anything at all. */
export const isMentioned = ({ policies }: Identity, action: string): boolean =>
  policies.some(({ reading }) => reading.state !== 'unknown' && mentions(reading.policy, action));

/** Whether the identity policies allow each of the actions on anything at all, or might: where not, nothing needs to be asked. */
export const mentionsAll = (identity: Identity, needs: readonly NeededAction[]): boolean =>
  identity.policies.some(({ reading }) => reading.state === 'unknown') ||
  needs.every(({ action }) => isMentioned(identity, action));
