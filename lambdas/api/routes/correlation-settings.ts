import { auditEvent } from '../../../src/control/audit.ts';
import { RULES } from '../../../src/correlations/registry.ts';
import {
  type CorrelationSettings,
  isEnabled,
  noSettings,
  type PairSetting,
} from '../../../src/correlations/settings.ts';
import { AppError } from '../../../src/kernel/failures.ts';
import type { Visibility } from '../../../src/kernel/ids.ts';
import {
  type ChangedSettings,
  CorrelationSettingsChange,
  changeSettings,
} from '../../../src/stitch/change-settings.ts';
import type { StitchTrigger } from '../../../src/stitch/stitch-trigger.ts';
import type { EntityStore } from '../../../src/store/entities.ts';
import type { CorrelationSettingsStore, SettingsFollowUp } from '../../../src/store/tenant-correlation-settings.ts';
import { RuleAnswer, type ShownRule } from '../answers/correlation-rules.ts';
import { SettingsAnswer, type ShownSettings } from '../answers/correlation-settings.ts';
import { listOf } from '../answers/exactly.ts';
import type { Caller } from '../caller.ts';
import type { Edge } from '../edge.ts';
import { RuleId } from '../filters.ts';
import { Page, pageOf, positionOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { type SeenEntityDeps, seenAmong } from '../seen-entities.ts';

export interface CorrelationSettingsDeps extends SeenEntityDeps, Pick<Edge, 'now'> {
  readonly entities: SeenEntityDeps['entities'] & Pick<EntityStore, 'hiddenFrom'>;
  readonly settings: Pick<CorrelationSettingsStore, 'get' | 'change' | 'followUp'>;
  /** Asks for the stitch that follows a change. */
  readonly settingsChanged: (tenant_id: string, trigger: StitchTrigger) => Promise<unknown>;
  /** Told where what follows from a change could not be done: it is left to the tick. */
  readonly unfollowed: (tenant_id: string, error: unknown) => void;
}

/** The ids of every rule. */
export const RULE_IDS: ReadonlySet<string> = new Set(RULES.map(({ id }) => id));

export const correlationSettingsRoutes = (deps: CorrelationSettingsDeps): readonly Route[] => [
  route(
    {
      method: 'GET',
      path: '/correlation-rules',
      summary: 'List the rules of what is the same or bridged, and how they are set',
      permission: 'correlations:read',
      status: 200,
      query: Page,
      answer: listOf(RuleAnswer),
    },
    async ({ query: { limit, cursor }, caller }) => {
      const settings = await presentSettings(deps, caller.tenant_id);
      const after = positionOf('correlation-rules', cursor, RuleId) ?? '';
      const rows = RULES.filter(({ id }) => id > after).map((rule) => shownRule(rule, settings));
      return pageOf('correlation-rules', rows, limit, ({ id }) => id);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/correlation-settings',
      summary: 'Read what was decided about rules and pairs',
      permission: 'correlations:read',
      status: 200,
      answer: SettingsAnswer,
    },
    async ({ caller }) => {
      const settings = await presentSettings(deps, caller.tenant_id);
      return shownSettings(settings, await hiddenPairs(deps, caller, settings));
    },
  ),
  route(
    {
      method: 'PUT',
      path: '/correlation-settings',
      summary: 'Switch rules, forbid and allow pairs; a stitch follows',
      permission: 'correlations:write',
      status: 200,
      body: CorrelationSettingsChange,
      answer: SettingsAnswer,
      problems: ['conflict'],
    },
    async ({ caller, body }) => {
      const before = await presentSettings(deps, caller.tenant_id);
      const { changed, hidden } = await settingsAfter(deps, caller, before, body);
      if (changed.differences.length > 0) await write(deps, caller, changed);
      return shownSettings(changed.settings, hidden);
    },
  ),
];

/** The tenant's settings; where nothing was ever decided, those of version 0. */
export const presentSettings = async (
  deps: Pick<CorrelationSettingsDeps, 'settings'>,
  tenant_id: string,
): Promise<CorrelationSettings> => (await deps.settings.get(tenant_id)) ?? noSettings(tenant_id);

/**
 * What a caller's change of settings comes to. Pairs that they do not see stay as they are, and say nothing. Throws as
 * `changeSettings`.
 */
export async function settingsAfter(
  deps: Pick<CorrelationSettingsDeps, 'entities' | 'edges' | 'now'>,
  caller: Caller,
  before: CorrelationSettings,
  change: CorrelationSettingsChange,
): Promise<{ readonly changed: ChangedSettings; readonly hidden: ReadonlySet<PairSetting> }> {
  const hidden = await hiddenPairs(deps, caller, before);
  const named = [...new Set(change.pairs.flatMap(({ left, right }) => [left, right]))];
  const { settings, differences } = changeSettings(withoutPairs(before, hidden), change, {
    rule_ids: RULE_IDS,
    entity_ids: await seenAmong(deps, caller, named),
    actor: caller.subject,
    now: deps.now(),
  });
  return { changed: { settings: { ...settings, pairs: [...settings.pairs, ...hidden] }, differences }, hidden };
}

/** Pairs of which the caller does not see an entity. One that is gone is nobody's secret. */
async function hiddenPairs(
  deps: Pick<CorrelationSettingsDeps, 'entities'>,
  caller: Visibility,
  { pairs }: CorrelationSettings,
): Promise<ReadonlySet<PairSetting>> {
  const ids = [...new Set(pairs.flatMap(({ left, right }) => [left, right]))];
  const hidden = ids.length === 0 ? new Set<string>() : await deps.entities.hiddenFrom(caller, ids);
  return new Set(pairs.filter(({ left, right }) => hidden.has(left) || hidden.has(right)));
}

const withoutPairs = (settings: CorrelationSettings, hidden: ReadonlySet<PairSetting>): CorrelationSettings => ({
  ...settings,
  pairs: settings.pairs.filter((pair) => !hidden.has(pair)),
});

function shownSettings(settings: CorrelationSettings, hidden: ReadonlySet<PairSetting>): ShownSettings {
  const { _id, ...shown } = withoutPairs(settings, hidden);
  return shown;
}

function shownRule(
  { left, right, look_alikes: _, ...rule }: (typeof RULES)[number],
  settings: CorrelationSettings,
): ShownRule {
  const setting = settings.rules.find(({ rule_id }) => rule_id === rule.id);
  const side = ({ entity_types, presents }: typeof left) => ({ entity_types, presents });
  return {
    ...rule,
    left: side(left),
    right: side(right),
    enabled: isEnabled({ ...rule, left, right }, settings),
    ...(setting && { setting }),
  };
}

/** Writes changed settings with what must follow, then does that. Throws AppError `conflict` where somebody was faster. */
async function write(deps: CorrelationSettingsDeps, caller: Caller, changed: ChangedSettings): Promise<void> {
  const { tenant_id } = caller;
  if (!(await deps.settings.change(changed.settings, followUp(deps, caller, changed)))) {
    throw new AppError(
      'conflict',
      `somebody else has changed the settings; they are not at the version before any more`,
    );
  }
  await deps.settings
    .followUp(tenant_id, (trigger) => deps.settingsChanged(tenant_id, trigger))
    .catch((error: unknown) => deps.unfollowed(tenant_id, error));
}

/** Settings are the tenant's: of the workspaces of whoever changed them, the first is told. */
const followUp = (
  { now }: CorrelationSettingsDeps,
  { tenant_id, workspace_ids, subject, request_id }: Caller,
  { settings, differences }: ChangedSettings,
): SettingsFollowUp => ({
  event: auditEvent({
    tenant_id,
    workspace_id: workspace_ids[0] ?? '',
    actor: subject,
    action: 'correlation_settings.changed',
    target: tenant_id,
    at: settings.updated_at ?? now().toISOString(),
    request_id,
    details: { version: settings.version, differences },
  }),
  trigger: { kind: 'settings_changed', by: String(settings.version) },
});
