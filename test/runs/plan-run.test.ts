import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/kernel/failures.ts';
import type { Cell } from '../../src/runs/cell.ts';
import { RETIREMENT } from '../../src/runs/cell.ts';
import { cellError } from '../../src/runs/cell-errors.ts';
import { planRun } from '../../src/runs/plan-run.ts';
import { planMessage } from '../../src/runs/run.ts';
import { aHub, type Hub, type HubGiven } from './a-hub.ts';
import { aCell, anInstance, aPlannedRun, aRun, aScope, at, HUB, MANAGEMENT, ONE, THREE, TWO } from './builders.ts';

const ORGANIZATION = anInstance({ config: { mode: 'organization', regions: ['eu-west-1'] } });
const DISCOVERY = `aws_organizations:${MANAGEMENT}`;
const RETIRES = `${RETIREMENT}:${HUB}`;
const active = (...ids: readonly string[]) => ids.map((account_id) => ({ account_id, status: 'ACTIVE' }));
const discovered = (status: 'succeeded' | 'partial' | 'failed') =>
  aCell({ category: 'aws_organizations', account_id: MANAGEMENT, status });

/** A hub whose run has discovered the organization. */
function afterDiscovery(given: HubGiven, status: 'succeeded' | 'partial' | 'failed' = 'succeeded'): Hub {
  const hub = aHub({ instance: ORGANIZATION, ...given });
  hub.put(aRun({ status: 'running', started_at: at(0) }), [discovered(status)]);
  return hub;
}
const statuses = (hub: Hub) => Object.fromEntries(hub.cells().map(({ key, status }) => [key, status]));

describe('a run of named accounts', () => {
  it('is planned at once: a cell for each account and category, each sent, and one that retires', async () => {
    const hub = aHub({ scope: aScope({ service_categories: ['aws_iam', 'aws_s3'] }) });
    hub.put(aRun());
    expect(await hub.plan(aRun())).toBe('planned');
    expect(statuses(hub)).toEqual({
      [`aws_iam:${ONE}`]: 'waiting',
      [`aws_iam:${TWO}`]: 'waiting',
      [`aws_s3:${ONE}`]: 'waiting',
      [`aws_s3:${TWO}`]: 'waiting',
      [RETIRES]: 'waiting',
    });
    expect(hub.messages.map(({ cell_id }) => cell_id)).toEqual(hub.cells().map(({ _id }) => _id));
    expect(hub.cells().every(({ sent_at }) => sent_at === at(0))).toBe(true);
    expect(hub.run()).toMatchObject({ status: 'running', started_at: at(0), planned_at: at(0) });
    expect(hub.bound).toEqual([ONE, TWO]);
  });

  it('asks nothing about an organization', async () => {
    const hub = aHub();
    hub.put(aRun());
    await hub.plan(aRun());
    expect(hub.cells().filter(({ category }) => category === 'aws_organizations')).toEqual([]);
  });

  it('gives two lanes of an account the categories by turns', async () => {
    const hub = aHub({ scope: aScope({ service_categories: ['aws_iam', 'aws_s3', 'aws_lambda'] }) });
    hub.put(aRun());
    await hub.plan(aRun());
    const lanes = hub.cells().filter(({ account_id }) => account_id === ONE);
    expect(lanes.map(({ category, lane }) => [category, lane])).toEqual([
      ['aws_iam', 0],
      ['aws_lambda', 0],
      ['aws_s3', 1],
    ]);
  });

  it('is narrowed by the accounts and regions of its scope', async () => {
    const hub = aHub({ scope: aScope({ scope_keys: { account_ids: [TWO], regions: ['us-east-1'] } }) });
    hub.put(aRun());
    await hub.plan(aRun());
    expect(Object.keys(statuses(hub))).toEqual([`aws_iam:${TWO}`, RETIRES]);
    expect(hub.cell(`aws_iam:${TWO}`)?.regions).toEqual(['us-east-1']);
  });

  it('fails the cells of an account that another tenant holds, and says so, while the others go on', async () => {
    const hub = aHub({ foreign: [TWO] });
    hub.put(aRun());
    await hub.plan(aRun());
    expect(statuses(hub)).toMatchObject({ [`aws_iam:${ONE}`]: 'waiting', [`aws_iam:${TWO}`]: 'failed' });
    expect(hub.cell(`aws_iam:${TWO}`)).toMatchObject({
      coverage: [{ collector: '*', region: '*', status: 'failed', code: 'account_owned_by_another_tenant' }],
      errors: [{ code: 'account_owned_by_another_tenant', responsible: 'Throughline operator' }],
      finished_at: at(0),
    });
    expect(hub.messages.map(({ cell_id }) => cell_id)).not.toContain(`run-1/aws_iam:${TWO}`);
  });
});

describe('a run of an organization', () => {
  it('discovers first: one cell, sent, and nothing else', async () => {
    const hub = aHub({ instance: ORGANIZATION, known: active(ONE) });
    hub.put(aRun());
    expect(await hub.plan(aRun())).toBe('discovering');
    expect(statuses(hub)).toEqual({ [DISCOVERY]: 'waiting' });
    expect(hub.messages).toHaveLength(1);
    expect(hub.run()).toMatchObject({ status: 'running' });
    expect(hub.run()).not.toHaveProperty('planned_at');
  });

  it('goes on waiting while discovery runs, and sends nothing twice', async () => {
    const hub = aHub({ instance: ORGANIZATION });
    hub.put(aRun());
    await hub.plan(aRun());
    expect(await hub.plan(aRun())).toBe('discovering');
    expect([hub.cells().length, hub.messages.length]).toEqual([1, 1]);
  });

  it('plans every account that discovery knows', async () => {
    const hub = afterDiscovery({ known: active(ONE, TWO) });
    expect(await hub.plan(aRun())).toBe('planned');
    expect(statuses(hub)).toEqual({
      [DISCOVERY]: 'succeeded',
      [`aws_iam:${ONE}`]: 'waiting',
      [`aws_iam:${TWO}`]: 'waiting',
      [RETIRES]: 'waiting',
    });
  });

  it.each(['SUSPENDED', 'PENDING_CLOSURE', 'PENDING_ACTIVATION', 'CLOSED'])(
    'skips an account that is %s with the reason: nothing is asked, nothing is sent, the run is not partial for it',
    async (status) => {
      const hub = afterDiscovery({ known: [...active(ONE), { account_id: TWO, status }] });
      await hub.plan(aRun());
      expect(hub.cell(`aws_iam:${TWO}`)).toMatchObject({
        status: 'succeeded',
        coverage: [{ collector: '*', region: '*', status: 'skipped', reason: `account is ${status}` }],
        errors: [],
        api_calls: 0,
      });
      expect(hub.messages.map(({ cell_id }) => cell_id)).toEqual([`run-1/aws_iam:${ONE}`, `run-1/${RETIRES}`]);
    },
  );

  it('fails an account that the scope names and nobody has seen, without binding it to the tenant', async () => {
    const hub = afterDiscovery({
      known: active(ONE),
      scope: aScope({ scope_keys: { account_ids: [THREE, ONE], regions: [] } }),
    });
    await hub.plan(aRun());
    expect(hub.cell(`aws_iam:${THREE}`)).toMatchObject({
      status: 'failed',
      errors: [{ code: 'account_not_in_scope', message: expect.stringContaining(THREE) }],
    });
    expect(hub.bound).toEqual([ONE]);
  });

  it('without any account is over at once with what discovery came to, and retires nothing', async () => {
    const hub = afterDiscovery({}, 'failed');
    expect(await hub.plan(aRun())).toBe('planned');
    expect(hub.run()).toMatchObject({ status: 'failed', evidence_completeness: { [DISCOVERY]: 'failed' } });
    expect(statuses(hub)).toEqual({ [DISCOVERY]: 'failed' });
  });

  it.each(['partial', 'failed'] as const)(
    'whose discovery %s looks at the accounts known from before, and retires nothing',
    async (status) => {
      const hub = afterDiscovery({ known: active(ONE) }, status);
      await hub.plan(aRun());
      expect(statuses(hub)).toEqual({ [DISCOVERY]: status, [`aws_iam:${ONE}`]: 'waiting' });
    },
  );

  it.each([
    ['its policies could not be read', 'organizations.policies', 'complete', true],
    ['an account could not be read', 'organizations.accounts', 'complete', false],
    ['its accounts could not be listed', 'organizations.policies', 'denied', false],
    ['something was held', undefined, 'complete', false],
  ] as const)('of which %s retires only if it knows every account', async (_, collector, listed, retires) => {
    const hub = aHub({ instance: ORGANIZATION, known: active(ONE) });
    const error = cellError('organization_access_denied', 'no', {}, collector ? { collector } : {});
    hub.put(aRun({ status: 'running', started_at: at(0) }), [
      {
        ...discovered('partial'),
        coverage: [{ collector: 'organizations.accounts', region: 'global', status: listed }],
        errors: [error],
      },
    ]);
    await hub.plan(aRun());
    expect(RETIRES in statuses(hub)).toBe(retires);
  });

  it('of which every account is refused is over at once', async () => {
    const hub = afterDiscovery({ known: active(ONE), foreign: [ONE] }, 'failed');
    await hub.plan(aRun());
    expect(hub.run()).toMatchObject({ status: 'failed', errors: [{ code: 'account_owned_by_another_tenant' }] });
  });

  it('that is bound to another tenant is set aside', async () => {
    const hub = aHub({ instance: ORGANIZATION });
    hub.put(aRun());
    const deps = { ...hub.deps, terms: { hub_account_id: HUB, categories: [] } };
    await expect(planRun(deps, planMessage(aRun()))).rejects.toMatchObject({ code: 'foreign_message' });
  });
});

describe('a run whose regions nobody named', () => {
  const UNNAMED = anInstance({ config: { mode: 'accounts', account_ids: [ONE, TWO] } });
  const REGIONS = `aws_regions:${ONE}`;
  const asked = (account_id: string, status: Cell['status'] = 'succeeded') =>
    aCell({ category: 'aws_regions', account_id, regions: [], status });
  /** A hub whose accounts have been asked for their regions. */
  function afterRegions(given: HubGiven): Hub {
    const hub = aHub({ instance: UNNAMED, ...given });
    hub.put(aRun({ status: 'running', started_at: at(0) }), [asked(ONE), asked(TWO)]);
    return hub;
  }

  it('asks each account for its own first, in a cell of its own, and plans nothing else until all have answered', async () => {
    const hub = aHub({ instance: UNNAMED });
    hub.put(aRun());
    expect(await hub.plan(aRun())).toBe('discovering');
    expect(statuses(hub)).toEqual({ [REGIONS]: 'waiting', [`aws_regions:${TWO}`]: 'waiting' });
    expect(hub.messages).toHaveLength(2);
    hub.put(hub.run() ?? aRun(), [asked(ONE)]);
    expect(await hub.plan(aRun())).toBe('discovering');
    expect([hub.cells().length, hub.messages.length]).toEqual([2, 2]);
    expect(hub.run()).not.toHaveProperty('planned_at');
  });

  it('looks at each account in the regions that are enabled there', async () => {
    const enabled_regions = new Map([
      [ONE, ['af-south-1', 'us-east-1']],
      [TWO, ['eu-west-1', 'us-east-1']],
    ]);
    const hub = afterRegions({ enabled_regions });
    expect(await hub.plan(aRun())).toBe('planned');
    expect(hub.cell(`aws_iam:${ONE}`)?.regions).toEqual(['af-south-1', 'us-east-1']);
    expect(hub.cell(`aws_iam:${TWO}`)?.regions).toEqual(['eu-west-1', 'us-east-1']);
  });

  it('looks at an account that would not tell in those that every account has, and is partial for it', async () => {
    const hub = afterRegions({ enabled_regions: new Map([[TWO, ['eu-west-1']]]) });
    hub.put(aRun({ status: 'running', started_at: at(0) }), [
      {
        ...asked(ONE, 'failed'),
        errors: [cellError('access_denied', 'no', { account_id: ONE }, { action: 'account:ListRegions' })],
      },
    ]);
    await hub.plan(aRun());
    expect(hub.cell(`aws_iam:${ONE}`)?.regions).toEqual(hub.deps.default_regions);
    expect(hub.deps.default_regions).not.toEqual([]);
    for (const cell of hub.cells()) await hub.collect(cell);
    expect(hub.run()).toMatchObject({
      status: 'partial',
      errors: [{ code: 'access_denied', remedy: expect.stringContaining('account:ListRegions') }],
    });
  });

  it.each([
    [
      'its instance',
      { instance: anInstance({ config: { mode: 'accounts', account_ids: [ONE], regions: ['eu-west-1'] } }) },
    ],
    ['its scope', { instance: UNNAMED, scope: aScope({ scope_keys: { account_ids: [ONE], regions: ['eu-west-1'] } }) }],
  ])('asks no account where %s names them: the look itself tells what is off', async (_, given) => {
    const hub = aHub({ ...given, enabled_regions: new Map([[ONE, ['us-east-1']]]) });
    hub.put(aRun());
    expect(await hub.plan(aRun())).toBe('planned');
    expect(hub.cell(REGIONS)).toBeUndefined();
    expect(hub.cell(`aws_iam:${ONE}`)?.regions).toEqual(['eu-west-1']);
  });

  it('asks neither an account of another tenant nor one that is suspended', async () => {
    const hub = aHub({
      instance: anInstance({ config: { mode: 'organization' } }),
      known: [...active(ONE, TWO), { account_id: THREE, status: 'SUSPENDED' }],
      foreign: [TWO],
    });
    hub.put(aRun({ status: 'running', started_at: at(0) }), [discovered('succeeded')]);
    expect(await hub.plan(aRun())).toBe('discovering');
    expect(Object.keys(statuses(hub))).toEqual([DISCOVERY, REGIONS]);
  });

  it('goes on by itself: the last account that has answered, and no other, lets the plan go on', async () => {
    const hub = aHub({ instance: UNNAMED });
    hub.put(aRun());
    await hub.plan(aRun());
    const [one, two] = hub.cells();
    if (!one || !two) throw new Error('two accounts were to be asked');
    await hub.collect(one);
    expect(hub.plans).toEqual([]);
    await hub.collect(two);
    expect(hub.plans).toHaveLength(1);
    expect(hub.run()?.status).toBe('running');
    expect(await hub.plan(aRun())).toBe('planned');
  });
});

describe('a plan message', () => {
  it.each([
    ['an unknown run', { ...planMessage(aRun()), run_id: 'run-9' }],
    ['a run of another tenant', { ...planMessage(aRun()), tenant_id: 'acme' }],
    ['a run of another workspace', { ...planMessage(aRun()), workspace_id: 'payments' }],
  ])('that names %s is foreign and changes nothing', async (_what, message) => {
    const hub = aHub();
    hub.put(aRun());
    const planning = planRun(hub.deps, message);
    await expect(planning).rejects.toBeInstanceOf(AppError);
    await expect(planning).rejects.toMatchObject({ code: 'foreign_message' });
    expect([hub.run(), hub.cells(), hub.bound]).toEqual([aRun(), [], []]);
  });

  it('for a run that is over does nothing', async () => {
    const hub = aHub();
    hub.put(aPlannedRun({ status: 'cancelled' }));
    expect(await hub.plan(aRun())).toBe('over');
    expect([hub.cells(), hub.messages]).toEqual([[], []]);
  });

  it('that comes twice at once plans once', async () => {
    const hub = aHub();
    hub.put(aRun());
    await Promise.all([hub.plan(aRun()), hub.plan(aRun())]);
    expect(hub.cells()).toHaveLength(3);
    expect(hub.run()).toMatchObject({ status: 'running', planned_at: at(0) });
    // Both may send: a message twice is harmless, and has the same deduplication id.
    expect(new Set(hub.messages.map(({ cell_id, part, send_no }) => `${cell_id} ${part} ${send_no}`)).size).toBe(3);
  });

  it('for a run that is planned sends what was not sent, and closes what is over', async () => {
    const hub = aHub();
    hub.put(aPlannedRun(), [aCell({ sent_at: at(0) }), aCell({ account_id: TWO })]);
    expect(await hub.plan(aRun())).toBe('planned');
    expect(hub.messages.map(({ cell_id }) => cell_id)).toEqual([`run-1/aws_iam:${TWO}`]);
    const done = aHub();
    done.put(aPlannedRun(), [aCell({ status: 'succeeded' })]);
    await done.plan(aRun());
    expect(done.run()?.status).toBe('succeeded');
  });

  it('never touches a cell that is there already', async () => {
    const hub = aHub();
    const running = aCell({ status: 'running', owner: 'one', lease_until: at(60), attempt: 1 });
    hub.put(aRun({ status: 'running' }), [running]);
    await hub.plan(aRun());
    expect(hub.cell(`aws_iam:${ONE}`)).toEqual(running);
  });
});

describe('a planner that is killed anywhere', () => {
  it('is followed by one that ends with the same cells, each sent', async () => {
    const undisturbed = afterDiscovery({ known: active(ONE, TWO) });
    await undisturbed.plan(aRun());
    for (let operations = 0; operations < 40; operations += 1) {
      let left = operations;
      const hub = afterDiscovery({
        known: active(ONE, TWO),
        step: async () => {
          if (left === 0) throw new Error('killed');
          left -= 1;
        },
      });
      const killed = await hub.plan(aRun()).then(
        () => false,
        () => true,
      );
      left = Number.POSITIVE_INFINITY;
      hub.clock.pass(61);
      await hub.plan(aRun());
      const untimed = ({ sent_at: _sent, ...cell }: Cell) => cell;
      expect(hub.cells().map(untimed)).toEqual(undisturbed.cells().map(untimed));
      expect(hub.run()).toEqual({
        ...undisturbed.run(),
        started_at: expect.any(String),
        planned_at: expect.any(String),
      });
      expect(new Set(hub.messages.map(({ cell_id }) => cell_id)).size).toBe(3);
      if (!killed) return;
    }
    throw new Error('it was to end within these operations');
  });
});

describe('two planners at once', () => {
  it('are one after the other: the second is told to come again', async () => {
    const hub = afterDiscovery({ known: active(ONE, TWO) });
    const outcomes = await Promise.all([hub.plan(aRun()), hub.plan(aRun()), hub.plan(aRun())]);
    expect(outcomes.toSorted()).toEqual(['busy', 'busy', 'planned']);
    expect(await hub.plan(aRun())).toBe('planned');
    expect(hub.run()).not.toHaveProperty('planning');
  });

  it('of which one was held up add no cell to a planned run, though other accounts are known by then', async () => {
    for (const held_at of ['begin run', 'get cell', 'bind accounts']) {
      let left = 1;
      const hub: Hub = afterDiscovery({
        known: active(ONE, TWO, THREE),
        step: async (operation) => {
          if (operation !== held_at) return;
          left -= 1;
          if (left !== 0) return;
          // Longer than its lease: somebody else plans what is known by now, and every cell is looked at.
          hub.clock.pass(61);
          hub.state.known = active(ONE);
          await hub.plan(aRun());
          for (const cell of hub.cells()) await hub.collect(cell);
          expect(hub.run()?.status).toBe('succeeded');
        },
      });
      hub.put(aRun(), hub.cells());
      expect(await hub.plan(aRun())).toBe('over');
      expect(hub.cells().filter(({ status }) => status === 'waiting')).toEqual([]);
      expect(hub.run()?.totals?.cells).toBe(hub.cells().length);
    }
  });
});
