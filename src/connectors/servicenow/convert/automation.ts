import * as z from 'zod';
import type { NormalizedEdge, NormalizedNode } from '../../../observations/observation.ts';
import { known } from '../../properties.ts';
import { columnEdge, type InstanceHome, recordRef, userRef } from './instance-ref.ts';
import { Column, Flag, OldColumn, Reference, SysId, tableApi } from './table-page.ts';

export const ScheduledScript = z.object({
  sys_id: SysId,
  name: Column,
  active: Flag,
  run_as: Reference.optional(),
  script: OldColumn,
});

/** Calls of a REST message by its name. https://developer.servicenow.com/dev.do#!/reference/api/zurich/server/sn_ws-namespace/c_RESTMessageV2API */
const CALLS = /\bRESTMessageV2\(\s*(['"])([^'"]+)\1/g;

/**
 * A scheduled script, the account that it runs as, and the REST messages that it names outright. Of its text nothing else is
 * kept. `messages` gives the ids of REST messages by name.
 */
export function* toScheduledScript(
  { sys_id, name, active, run_as, script = '' }: z.infer<typeof ScheduledScript>,
  home: InstanceHome,
  messages: ReadonlyMap<string, readonly string[]>,
): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  const ref = recordRef('servicenow_scheduled_script', home.host, 'sysauto_script', sys_id);
  yield { kind: 'node', ...ref, display_name: name, properties: { active }, api: tableApi('sysauto_script') };
  if (run_as) yield columnEdge('RUNS_AS', ref, userRef(home, run_as), { column: 'run_as' });
  const called = new Set([...script.matchAll(CALLS)].flatMap(([, , message = '']) => messages.get(message) ?? []));
  for (const message of [...called].sort()) {
    const to = recordRef('servicenow_rest_message', home.host, 'sys_rest_message', message);
    yield columnEdge('INVOKES', ref, to, { column: 'script' });
  }
}

export const Flow = z.object({ sys_id: SysId, name: Column, active: Flag, run_as: OldColumn });

/** A flow. `run_as` holds `system`, `user` (whoever starts it), or an account: only that is an identity of its own. */
export function* toFlow(
  { sys_id, name, active, run_as }: z.infer<typeof Flow>,
  home: InstanceHome,
): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  const ref = recordRef('servicenow_flow', home.host, 'sys_hub_flow', sys_id);
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({ active, run_as: run_as === undefined ? undefined : run_as || null }),
    api: tableApi('sys_hub_flow'),
  };
  const user = run_as && Reference.parse(run_as);
  if (user) yield columnEdge('RUNS_AS', ref, userRef(home, user), { column: 'run_as' });
}

export const AiAgent = z.object({ sys_id: SysId, name: Column, active: Flag.optional() });

/** An AI agent. Which column says whom it acts as is not documented, so that it is not read: an agent without an identity here is one whose identity is not known. */
export function* toAiAgent(
  { sys_id, name, active }: z.infer<typeof AiAgent>,
  host: string,
): Generator<NormalizedNode, void, undefined> {
  yield {
    kind: 'node',
    ...recordRef('servicenow_ai_agent', host, 'sn_aia_agent', sys_id),
    display_name: name,
    properties: known({ active }),
    api: tableApi('sn_aia_agent'),
  };
}
