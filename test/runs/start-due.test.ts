import { describe, expect, it } from 'vitest';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import { retryAt } from '../../src/control/due.ts';
import { newScanScope, type ScanScope } from '../../src/control/scan-scope.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import { type StartDueDeps, startDue } from '../../src/runs/start-due.ts';
import { aPushInstance } from '../control/builders.ts';
import { aClock, anInstance, aRun, aScope, at, START, TENANCY } from './builders.ts';
import { memoryRuns } from './memory-runs.ts';

const HOURLY = { every_minutes: 60 };
const aDueScope = (given: Partial<ScanScope> = {}): ScanScope =>
  aScope({ schedule: HOURLY, next_run_at: at(0), ...given });

/** A hub with scopes, seen by ticks. */
function aHub(scopes: readonly ScanScope[], instances: readonly ConnectorInstance[] = [anInstance()]) {
  const documents = new Map(scopes.map((scope) => [scope._id, scope]));
  const { runs, documents: stored, moved } = memoryRuns();
  const clock = aClock();
  const sent: ScanRun[] = [];
  let seq = 0;
  let ids = 0;
  const deps: StartDueDeps = {
    scopes: {
      async claimDue(now) {
        const [due] = [...documents.values()].filter(
          ({ enabled, next_run_at }) => enabled && next_run_at !== undefined && next_run_at <= now.toISOString(),
        );
        if (!due) return undefined;
        const claimed = { ...due, next_run_at: retryAt(now) };
        documents.set(due._id, claimed);
        return claimed;
      },
      async settleDue({ next_run_at: _, ...rest }, settled) {
        documents.set(rest._id, { ...rest, ...settled });
      },
    },
    instances: {
      get: async (tenant, id) =>
        instances.find((instance) => instance._id === id && instance.tenant_id === tenant.tenant_id),
      nextSeq: async () => {
        seq += 1;
        return seq;
      },
    },
    runs,
    enqueuePlan: async (run) => {
      expect(stored.has(run._id)).toBe(true);
      sent.push(run);
    },
    newId: () => {
      ids += 1;
      return `run-${ids}`;
    },
    now: clock.now,
  };
  return {
    deps,
    clock,
    sent,
    moved,
    runs: stored,
    scope: (id = 'scope-1') => documents.get(id),
    next: (id = 'scope-1') => documents.get(id)?.next_run_at,
  };
}

describe('what is due', () => {
  it('is started as a run of the schedule, and due again a period later', async () => {
    const hub = aHub([aDueScope()]);
    hub.clock.pass(30);
    expect(await startDue(hub.deps)).toEqual({ started: ['run-1'], skipped: [], silent: [] });
    expect(hub.runs.get('run-1')).toMatchObject({
      ...TENANCY,
      seq: 1,
      scope_id: 'scope-1',
      trigger: 'schedule',
      requested_by: 'throughline',
      status: 'queued',
    });
    expect(hub.sent.map(({ _id }) => _id)).toEqual(['run-1']);
    expect(hub.next()).toBe(at(3_630));
  });

  it('is not what has no schedule, is disabled, or comes later', async () => {
    const never = newScanScope(
      {
        instance_id: 'instance-1',
        scope_keys: { account_ids: [], regions: [] },
        service_categories: ['aws_iam'],
        enabled: true,
      },
      anInstance(),
      { ...TENANCY, id: 'never', now: START, created_by: 'ada' },
    );
    const hub = aHub([
      never,
      aDueScope({ _id: 'off', enabled: false }),
      aDueScope({ _id: 'soon', next_run_at: at(1) }),
    ]);
    expect(await startDue(hub.deps)).toEqual({ started: [], skipped: [], silent: [] });
  });

  it('starts once though two ticks come at once', async () => {
    const hub = aHub([aDueScope()]);
    const ticks = await Promise.all([startDue(hub.deps), startDue(hub.deps)]);
    expect(ticks.flatMap(({ started }) => started)).toEqual(['run-1']);
    expect(hub.runs.size).toBe(1);
  });

  it('is due again two minutes later where the tick died before the run was written', async () => {
    const hub = aHub([aDueScope()]);
    const dying = { ...hub.deps, runs: { ...hub.deps.runs, create: () => Promise.reject(new Error('killed')) } };
    await expect(startDue(dying)).rejects.toThrow('killed');
    expect((await startDue(hub.deps)).started).toEqual([]);
    hub.clock.pass(120);
    expect((await startDue(hub.deps)).started).toHaveLength(1);
    expect(hub.next()).toBe(at(3_720));
  });

  it('is caught up with once, however many ticks were missed', async () => {
    const hub = aHub([aDueScope()]);
    hub.clock.pass(5 * 3_600 + 600);
    expect((await startDue(hub.deps)).started).toEqual(['run-1']);
    expect((await startDue(hub.deps)).started).toEqual([]);
    expect(hub.next()).toBe(at(6 * 3_600 + 600));
  });

  it('is skipped while its last run is still going, and is due again a period later', async () => {
    const hub = aHub([aDueScope()]);
    await startDue(hub.deps);
    hub.clock.pass(3_600);
    expect(await startDue(hub.deps)).toEqual({ started: [], skipped: ['scope-1'], silent: [] });
    expect(hub.runs.size).toBe(1);
    expect(hub.next()).toBe(at(7_200));
    expect(hub.scope()?.last_skipped).toEqual({ at: at(3_600), reason: 'still_running', run_id: 'run-1' });
  });

  it('says when it was skipped last, also after it was started again', async () => {
    const hub = aHub([aDueScope()]);
    await startDue(hub.deps);
    hub.clock.pass(3_600);
    await startDue(hub.deps);
    const run = hub.runs.get('run-1');
    if (run) hub.runs.set('run-1', { ...run, status: 'succeeded' });
    hub.clock.pass(3_600);
    expect((await startDue(hub.deps)).started).toEqual(['run-2']);
    expect(hub.scope()?.last_skipped).toMatchObject({ at: at(3_600) });
  });

  it.each([
    ['is disabled', [anInstance({ status: 'disabled' })], 'instance_disabled'],
    ['is deleted', [anInstance({ status: 'deleted' })], 'instance_gone'],
    ['is gone', [], 'instance_gone'],
    ['is of another tenant', [anInstance({ tenant_id: 'acme' })], 'instance_gone'],
    ['pushes and is disabled', [aPushInstance({ _id: 'instance-1', status: 'disabled' })], 'instance_disabled'],
  ])('is skipped where its instance %s, and says why', async (_why, instances, reason) => {
    const hub = aHub([aDueScope()], instances);
    expect(await startDue(hub.deps)).toEqual({ started: [], skipped: ['scope-1'], silent: [] });
    expect(hub.runs.size).toBe(0);
    expect(hub.scope()?.last_skipped).toEqual({ at: at(0), reason });
  });

  it('may be due by a clock on a wall', async () => {
    const nightly = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    const hub = aHub([aDueScope({ schedule: nightly })]);
    expect((await startDue(hub.deps)).started).toEqual(['run-1']);
    expect(hub.next()).toBe('2026-11-22T01:30:00.000Z');
  });

  it('does not keep the others waiting, up to what one tick can do', async () => {
    const scopes = Array.from({ length: 250 }, (_, index) => aDueScope({ _id: `scope-${index}` }));
    const hub = aHub(scopes);
    expect((await startDue(hub.deps)).started).toHaveLength(200);
    expect((await startDue(hub.deps)).started).toHaveLength(50);
    expect(new Set([...hub.runs.values()].map(({ scope_id }) => scope_id)).size).toBe(250);
  });
});

describe('a scheduled scope of a push instance', () => {
  const PUSHED = { service_categories: ['push'], instance_id: 'push-1', period_began_at: at(-3_600) };
  const aSilentHub = () => aHub([aDueScope(PUSHED)], [aPushInstance()]);
  const aPush = (seconds: number, given: Partial<ScanRun> = {}): ScanRun =>
    aRun({ _id: 'pushed', instance_id: 'push-1', trigger: 'push', created_at: at(seconds), ...given });

  it('raises source_unreachable where nothing has come since it was last due, as a run that is over', async () => {
    const hub = aSilentHub();
    expect(await startDue(hub.deps)).toEqual({ started: [], skipped: [], silent: ['scope-1'] });
    const [run] = hub.runs.values();
    expect(run).toMatchObject({
      instance_id: 'push-1',
      scope_id: 'scope-1',
      trigger: 'schedule',
      status: 'failed',
      finished_at: at(0),
      errors: [
        {
          code: 'source_unreachable',
          service_category: 'push',
          count: 1,
          example: `nothing was pushed since ${at(-3_600)} for servicenow:example`,
          remedy: expect.stringContaining('whoever pushes for servicenow:example'),
        },
      ],
    });
    expect(hub.sent).toEqual([]);
    expect(hub.next()).toBe(at(3_600));
  });

  it('tells audit and bus of it', async () => {
    const hub = aSilentHub();
    await startDue(hub.deps);
    expect(hub.moved.map((entry) => (entry.kind === 'audit' ? entry.event.action : entry.detail_type))).toEqual([
      'scan_run.started',
      'scan_run.finished',
      'ScanRunFinished',
    ]);
  });

  it.each([
    ['has come in time', [aPush(-10)], []],
    ['has come just as the period began', [aPush(-3_600)], []],
    ['has come before the period', [aPush(-3_601)], ['scope-1']],
    ['was pushed by another instance', [aPush(-10, { instance_id: 'push-2' })], ['scope-1']],
    ['was told to be silent before', [aPush(-10, { trigger: 'schedule' })], ['scope-1']],
  ])('is silent or not by what %s', async (_what, runs, silent) => {
    const hub = aSilentHub();
    for (const run of runs) hub.runs.set(run._id, run);
    expect((await startDue(hub.deps)).silent).toEqual(silent);
    expect(hub.next()).toBe(at(3_600));
  });

  it('says so once though the tick dies before it is settled, or two come at once', async () => {
    const hub = aSilentHub();
    const dying = {
      ...hub.deps,
      scopes: { ...hub.deps.scopes, settleDue: () => Promise.reject(new Error('killed')) },
    };
    await expect(startDue(dying)).rejects.toThrow('killed');
    hub.clock.pass(120);
    await Promise.all([startDue(hub.deps), startDue(hub.deps)]);
    expect(hub.runs.size).toBe(1);
    hub.clock.pass(3_600);
    await startDue(hub.deps);
    expect(hub.runs.size).toBe(2);
  });
});
