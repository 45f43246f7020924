import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../bin/api-client.ts';
import type { ShownSettings } from '../../lambdas/api/answers/correlation-settings.ts';
import type { ShownStitchRun } from '../../lambdas/api/answers/stitch-runs.ts';

/** The rule that the lab has switched on, though it is off by default: `mp-mcp-tools` is tagged as an MCP server. */
export const LAB_RULE = 'mcp-server-to-entra-sp';
export const LAB_RULE_REASON = 'MediaPro tags its MCP servers';

/** What a tenant decided, and what puts it back. */
export interface Switched {
  /** The version of the settings by which the rule is as it is to be. */
  readonly version: number;
  /** Decides again as before; gives the version by which it is so. */
  readonly undo: () => Promise<number>;
}

/** Switches a rule for the tenant, unless it is so set. */
export async function switchRule(api: ApiClient, rule_id: string, enabled: boolean, reason: string): Promise<Switched> {
  const [rules, before] = [await api.listCorrelationRules(), await api.getCorrelationSettings()];
  if (rules.find(({ id }) => id === rule_id)?.enabled === enabled) {
    return { version: before.version, undo: async () => (await api.getCorrelationSettings()).version };
  }
  const others = before.rules.filter((one) => one.rule_id !== rule_id);
  const { version } = await decide(api, before, [...others, { rule_id, enabled, reason }]);
  return {
    version,
    undo: async () => (await decide(api, await api.getCorrelationSettings(), before.rules)).version,
  };
}

/** Decides about rules, and leaves pairs as they are. */
const decide = (
  api: ApiClient,
  { version, pairs }: ShownSettings,
  rules: readonly { readonly rule_id: string; readonly enabled: boolean; readonly reason: string }[],
): Promise<ShownSettings> =>
  api.putCorrelationSettings({
    version,
    rules: rules.map(({ rule_id, enabled, reason }) => ({ rule_id, enabled, reason })),
    pairs: pairs.map(({ changed_by: _by, changed_at: _at, ...pair }) => pair),
  });

/**
 * Waits for a stitch.
 * @throws Error if there is none after `timeout_s` seconds.
 */
export async function stitched(
  api: ApiClient,
  isIt: (stitch: ShownStitchRun) => boolean,
  what: string,
  timeout_s = 120,
): Promise<ShownStitchRun> {
  for (const deadline = Date.now() + timeout_s * 1_000; Date.now() < deadline; await sleep(300)) {
    const stitch = (await api.listStitchRuns(20)).find(isIt);
    if (stitch) return stitch;
  }
  throw new Error(`no stitch of ${what} in ${timeout_s} s`);
}
