import { describe, expect, it } from 'vitest';
import type { ConnectorInstance } from '../../src/control/connector-instance.ts';
import { newScanScope, retryAt, type ScanScope } from '../../src/control/scan-scope.ts';
import { nextRunAt } from '../../src/control/schedule.ts';
import type { ScanRun } from '../../src/runs/run.ts';
import { type StartDueDeps, startDue } from '../../src/runs/start-due.ts';
import { aClock, anInstance, aScope, at, START, TENANCY } from './builders.ts';
import { memoryRuns } from './memory-runs.ts';

const HOURLY = { every_minutes: 60 };
const aDueScope = (given: Partial<ScanScope> = {}): ScanScope =>
  aScope({ schedule: HOURLY, next_run_at: at(0), ...given });

/** A hub with scopes, seen by ticks. */
function aHub(scopes: readonly ScanScope[], instances: readonly ConnectorInstance[] = [anInstance()]) {
  const documents = new Map(scopes.map((scope) => [scope._id, scope]));
  const { runs, documents: stored } = memoryRuns();
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
      async settleDue(scope, now) {
        const { next_run_at: _, ...rest } = scope;
        const next = nextRunAt(scope, now);
        documents.set(scope._id, next ? { ...rest, next_run_at: next } : rest);
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
  return { deps, clock, sent, runs: stored, next: (id = 'scope-1') => documents.get(id)?.next_run_at };
}

describe('what is due', () => {
  it('is started as a run of the schedule, and due again a period later', async () => {
    const hub = aHub([aDueScope()]);
    hub.clock.pass(30);
    expect(await startDue(hub.deps)).toEqual({ started: ['run-1'], skipped: [] });
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
    expect(await startDue(hub.deps)).toEqual({ started: [], skipped: [] });
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
    expect(await startDue(hub.deps)).toEqual({ started: [], skipped: ['scope-1'] });
    expect(hub.runs.size).toBe(1);
    expect(hub.next()).toBe(at(7_200));
  });

  it.each([
    ['is disabled', [anInstance({ status: 'disabled' })]],
    ['is gone', []],
    ['is of another tenant', [anInstance({ tenant_id: 'acme' })]],
  ])('is skipped where its instance %s', async (_why, instances) => {
    const hub = aHub([aDueScope()], instances);
    expect(await startDue(hub.deps)).toEqual({ started: [], skipped: ['scope-1'] });
    expect(hub.runs.size).toBe(0);
  });

  it('does not keep the others waiting, up to what one tick can do', async () => {
    const scopes = Array.from({ length: 250 }, (_, index) => aDueScope({ _id: `scope-${index}` }));
    const hub = aHub(scopes);
    expect((await startDue(hub.deps)).started).toHaveLength(200);
    expect((await startDue(hub.deps)).started).toHaveLength(50);
    expect(new Set([...hub.runs.values()].map(({ scope_id }) => scope_id)).size).toBe(250);
  });
});
