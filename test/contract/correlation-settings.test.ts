import { beforeEach, describe, expect, it } from 'vitest';
import type { StitchTrigger } from '../../src/stitch/stitch-trigger.ts';
import { listAudit } from '../../src/store/audit-events.ts';
import {
  type CorrelationSettingsStore,
  correlationSettingsStore,
} from '../../src/store/tenant-correlation-settings.ts';
import { TENANT } from '../graph/estate.ts';
import { MCP_RULE, switched } from '../stitch/federated.ts';
import { atOnce, databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let settings: CorrelationSettingsStore;
beforeEach(() => {
  settings = correlationSettingsStore(db());
});

const AT = '2026-11-21T12:00:00.000Z';
const VISIBLE = { tenant_id: TENANT, workspace_ids: ['platform'] };
const at = (version: number, enabled = true) => switched({ [MCP_RULE]: enabled }, AT, version);
const following = (version: number, request = `${version}`) => ({
  event: {
    _id: `event-${request}`,
    tenant_id: TENANT,
    workspace_id: 'platform',
    actor: 'ada',
    action: 'correlation_settings.changed',
    target: TENANT,
    at: AT,
    request_id: request,
  },
  trigger: { kind: 'settings_changed', by: `${version}` } as const,
});
/** What was asked for when changes were followed up. */
async function followed(fail = false): Promise<readonly StitchTrigger[]> {
  const asked: StitchTrigger[] = [];
  await settings.followUp(TENANT, async (trigger) => {
    if (fail) throw new Error('killed');
    asked.push(trigger);
  });
  return asked;
}

describe('settings of a tenant', () => {
  it('are none until something is decided', async () => {
    expect(await settings.get(TENANT)).toBeUndefined();
    await settings.change(at(1), following(1));
    expect(await settings.get(TENANT)).toEqual(at(1));
    expect(await settings.get('acme')).toBeUndefined();
  });

  it('are changed by whoever read the last version', async () => {
    expect(await settings.change(at(1), following(1))).toBe(true);
    expect(await settings.change(at(1, false), following(1, 'late'))).toBe(false);
    expect(await settings.change(at(3), following(3))).toBe(false);
    expect(await settings.change(at(2, false), following(2))).toBe(true);
    expect(await settings.get(TENANT)).toEqual(at(2, false));
  });

  it.each([1, 2])('are changed by one of many at once, to version %i', async (version) => {
    if (version === 2) await settings.change(at(1), following(1));
    const changed = await atOnce(10, (index) => settings.change(at(version), following(version, `${index}`)));
    expect(changed.filter(Boolean)).toHaveLength(1);
    expect(await followed()).toHaveLength(version);
  });
});

describe('what follows from a change', () => {
  it('is told and asked for, once', async () => {
    await settings.change(at(1), following(1));
    await settings.change(at(2, false), following(2));
    expect(await settings.unfollowed(10)).toEqual([TENANT]);
    expect(await followed()).toEqual([following(1).trigger, following(2).trigger]);
    expect(await settings.unfollowed(10)).toEqual([]);
    expect(await followed()).toEqual([]);
    expect(await listAudit(db(), VISIBLE, {}, 10)).toHaveLength(2);
  });

  it('is done again where whoever did it was killed, and told once', async () => {
    await settings.change(at(1), following(1));
    await expect(followed(true)).rejects.toThrow('killed');
    expect(await settings.unfollowed(10)).toEqual([TENANT]);
    expect(await followed()).toEqual([following(1).trigger]);
    expect(await listAudit(db(), VISIBLE, {}, 10)).toHaveLength(1);
  });
});
