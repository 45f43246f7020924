import { describe, expect, it } from 'vitest';
import { type Cell, RETIREMENT } from '../../src/runs/cell.ts';
import { REMOVAL_RELEASED } from '../../src/runs/release-cell.ts';
import { aNode, aRoleRef } from '../inventory/builders.ts';
import { aHub, type Hub, type HubGiven } from './a-hub.ts';
import { aCell, anInstance, aPlannedRun, aScope, HUB, ONE, TWO } from './builders.ts';

const roles = (count: number, account: string = ONE) => ({
  'aws_iam.one/global': { sees: Array.from({ length: count }, (_, n) => aNode(aRoleRef(`role-${n}`, account))) },
});
const live = async (hub: Hub): Promise<number> =>
  (await hub.inventory.entities()).filter(({ retired_at }) => !retired_at).length;
const ofRun = (n: number, given: Partial<Cell> = {}): Cell => aCell({ run_id: `run-${n}`, run_seq: n, ...given });
const cellOf = (hub: Hub, run_id: string): Cell => {
  const found = hub.cells().find((cell) => cell.run_id === run_id);
  if (!found) throw new Error(`there is no cell of ${run_id}`);
  return found;
};

/** Runs a cell as a run of its own. */
async function looked(hub: Hub, n: number, given: Partial<Cell> = {}): Promise<void> {
  const cell = ofRun(n, given);
  hub.put(aPlannedRun({ _id: `run-${n}`, seq: n }), [cell]);
  await hub.collect(cell);
}

/** A hub in which run 2 holds back a removal of 22 of 30. */
async function holding(step?: HubGiven['step']): Promise<Hub> {
  const hub = aHub({ script: roles(30), ...(step && { step }) });
  await looked(hub, 1);
  hub.state.script = roles(8);
  await looked(hub, 2);
  return hub;
}
const signals = (hub: Hub) =>
  hub.moved.filter((entry) => entry.kind === 'signal' && entry.detail_type === REMOVAL_RELEASED);

describe('a removal that is held', () => {
  it('removes nothing, makes the run partial, and tells how to release it', async () => {
    const hub = await holding();
    expect(await live(hub)).toBe(30);
    expect(hub.run('run-2')).toMatchObject({
      status: 'partial',
      errors: [{ code: 'removal_held', remedy: expect.stringContaining(`cells release run-2 aws_iam:${ONE}`) }],
    });
  });

  it('stays held however often its message comes', async () => {
    const hub = await holding();
    expect(await hub.collect(cellOf(hub, 'run-2'))).toBe('stale');
    expect(await live(hub)).toBe(30);
  });

  it('is done when a person releases it, and the stitch and the audit are told by whom', async () => {
    const hub = await holding();
    await hub.requestRelease(cellOf(hub, 'run-2'));
    expect(await hub.collect(cellOf(hub, 'run-2'))).toBe('done');
    expect(await live(hub)).toBe(8);
    expect(cellOf(hub, 'run-2').release).toMatchObject({ requested_by: 'ada', removed: 22 });
    expect(signals(hub)).toMatchObject([{ detail: { run_id: 'run-2', wrote: true } }]);
    expect(hub.moved.at(-2)).toMatchObject({
      event: { actor: 'ada', action: 'removal.released', details: { removed: 22 } },
    });
    expect(hub.source.opened).toHaveLength(2);
  });

  it('is done once, however often the message comes', async () => {
    const hub = await holding();
    await hub.requestRelease(cellOf(hub, 'run-2'));
    await hub.collect(cellOf(hub, 'run-2'));
    const before = hub.cells();
    expect(await hub.collect(cellOf(hub, 'run-2'))).toBe('stale');
    expect([hub.cells(), signals(hub).length]).toEqual([before, 1]);
  });

  it('has nothing to say any more once a later run has looked at the cell', async () => {
    const hub = await holding();
    hub.state.script = roles(30);
    await looked(hub, 3);
    await hub.requestRelease(cellOf(hub, 'run-2'));
    expect(await hub.collect(cellOf(hub, 'run-2'))).toBe('superseded');
    expect(await live(hub)).toBe(30);
    expect(signals(hub)).toEqual([]);
  });

  it('is done by the next worker where one is killed anywhere, and its signal is not lost', async () => {
    for (let steps = 0; steps < 80; steps += 1) {
      let left = Number.POSITIVE_INFINITY;
      const hub = await holding(async () => {
        if (left <= 0) throw new Error('killed');
        left -= 1;
      });
      await hub.requestRelease(cellOf(hub, 'run-2'));
      left = steps;
      const killed = await hub.collect(cellOf(hub, 'run-2')).then(
        () => false,
        () => true,
      );
      left = Number.POSITIVE_INFINITY;
      hub.clock.pass(61);
      await hub.collect(cellOf(hub, 'run-2'));
      await hub.moveOn();
      expect(await live(hub)).toBe(8);
      expect(cellOf(hub, 'run-2').release).toHaveProperty('done_at');
      expect(signals(hub).length).toBeGreaterThan(0);
      if (!killed) return;
    }
    throw new Error('it was to end within these steps');
  });
});

describe('the cell that retires', () => {
  const RETIRES = { category: RETIREMENT, account_id: HUB };
  /** A hub that has looked at two accounts, with these scopes enabled now. */
  async function lookedAtTwo(given: HubGiven): Promise<Hub> {
    const hub = aHub(given);
    hub.state.script = roles(3, ONE);
    await looked(hub, 1, { account_id: ONE });
    hub.state.script = roles(5, TWO);
    await looked(hub, 2, { account_id: TWO });
    return hub;
  }

  it('asks nobody and leaves alone what a scope plans', async () => {
    const hub = await lookedAtTwo({ scope: aScope() });
    await looked(hub, 3, RETIRES);
    expect(await live(hub)).toBe(8);
    expect(cellOf(hub, 'run-3')).toMatchObject({
      status: 'succeeded',
      wrote: false,
      counts: { removed: 0 },
      api_calls: 0,
    });
    expect(hub.source.opened).toHaveLength(2);
  });

  it('retires what was seen in an account that no scope names any more, and tells the stitch', async () => {
    const hub = await lookedAtTwo({ scope: aScope({ scope_keys: { account_ids: [ONE], regions: [] } }) });
    await looked(hub, 3, RETIRES);
    expect(await live(hub)).toBe(3);
    expect(cellOf(hub, 'run-3')).toMatchObject({ wrote: true, counts: { removed: 5 } });
    expect(hub.moved.at(-1)).toMatchObject({ detail: { run_id: 'run-3', wrote: true } });
  });

  it('leaves alone what another enabled scope plans', async () => {
    const narrow = aScope({ scope_keys: { account_ids: [ONE], regions: [] } });
    const other = aScope({ _id: 'scope-2', scope_keys: { account_ids: [TWO], regions: [] } });
    const hub = await lookedAtTwo({ scope: narrow, enabled: [narrow, other] });
    await looked(hub, 3, RETIRES);
    expect(await live(hub)).toBe(8);
  });

  it('leaves alone what the scope of its own run plans, though that one is disabled', async () => {
    const hub = await lookedAtTwo({ scope: aScope({ enabled: false }), enabled: [] });
    await looked(hub, 3, RETIRES);
    expect(await live(hub)).toBe(8);
  });

  it('retires a category that no scope names any more', async () => {
    const hub = await lookedAtTwo({ scope: aScope({ service_categories: ['aws_s3'] }) });
    await looked(hub, 3, RETIRES);
    expect(await live(hub)).toBe(0);
  });

  describe('where nobody named regions', () => {
    const UNNAMED = anInstance({ config: { mode: 'accounts', account_ids: [ONE, TWO] } });
    const LAMBDA = aScope({ service_categories: ['aws_lambda'] });
    const aFunction = (name: string) => ({ sees: [aNode(aRoleRef(name))] });
    /** A hub that has looked at functions in two regions of an account and asked it for its regions. */
    async function lookedInTwo(given: HubGiven): Promise<Hub> {
      const hub = aHub({ instance: UNNAMED, scope: LAMBDA, ...given });
      hub.state.script = {
        'lambda.functions/af-south-1': aFunction('cape'),
        'lambda.functions/us-east-1': aFunction('virginia'),
        'aws_regions.one/global': aFunction('regions'),
      };
      await looked(hub, 1, { category: 'aws_lambda', regions: ['af-south-1', 'us-east-1'] });
      await looked(hub, 2, { category: 'aws_regions', regions: [] });
      expect(await live(hub)).toBe(3);
      return hub;
    }

    it('retires what was seen in a region that the account has turned off since, and keeps what it told', async () => {
      const hub = await lookedInTwo({ enabled_regions: new Map([[ONE, ['us-east-1']]]) });
      await looked(hub, 3, RETIRES);
      expect(await live(hub)).toBe(2);
      expect(cellOf(hub, 'run-3').counts).toMatchObject({ removed: 1 });
    });

    it('leaves alone every region of an account that never told: not to be allowed to ask removes nothing', async () => {
      const hub = await lookedInTwo({});
      await looked(hub, 3, RETIRES);
      expect(await live(hub)).toBe(3);
    });

    it('retires what an account told of its regions once they are named', async () => {
      const hub = await lookedInTwo({
        instance: anInstance({
          config: { mode: 'accounts', account_ids: [ONE], regions: ['af-south-1', 'us-east-1'] },
        }),
      });
      await looked(hub, 3, RETIRES);
      expect(await live(hub)).toBe(2);
    });

    it('retires all of an account that is covered no more', async () => {
      const hub = await lookedInTwo({ instance: anInstance({ config: { mode: 'accounts', account_ids: [TWO] } }) });
      await looked(hub, 3, RETIRES);
      expect(await live(hub)).toBe(0);
    });
  });

  it('retires what a collector saw in an account that configuration has it look at no more', async () => {
    const moved = await lookedAtTwo({
      left_out: (account, collector) => account === TWO && collector === 'aws_iam.one',
    });
    await looked(moved, 3, RETIRES);
    expect(await live(moved)).toBe(3);
    const other = await lookedAtTwo({ left_out: (_, collector) => collector === 'aws_iam.two' });
    await looked(other, 3, RETIRES);
    expect(await live(other)).toBe(8);
  });

  it('leaves other instances and discovery to their own', async () => {
    const hub = aHub({
      instance: anInstance({ _id: 'instance-2' }),
      scope: aScope({ instance_id: 'instance-2', service_categories: ['aws_s3'] }),
    });
    const inventory = hub.inventory;
    const first = aHub();
    Object.assign(first.deps, { inventory: inventory.stores });
    first.state.script = roles(3);
    await looked(first, 1);
    first.state.script = { 'aws_organizations.one/global': { sees: [aNode(aRoleRef('found'))] } };
    await looked(first, 2, { category: 'aws_organizations' });
    await looked(hub, 3, { ...RETIRES, instance_id: 'instance-2' });
    expect(await live(hub)).toBe(4);
    const retiring = ofRun(4, RETIRES);
    first.put(aPlannedRun({ _id: 'run-4', seq: 4 }), [retiring]);
    await first.collect(retiring);
    expect(await live(hub)).toBe(4);
  });
});
