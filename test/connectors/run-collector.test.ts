import { describe, expect, it } from 'vitest';
import type { Collector } from '../../src/connectors/collector.ts';
import { runCollector } from '../../src/connectors/run-collector.ts';
import { SourceFailure } from '../../src/connectors/source-failure.ts';
import type { ErrorCode } from '../../src/kernel/failures.ts';
import type { Gap, NormalizedNode, Observation } from '../../src/observations/observation.ts';
import { observe } from './observed.ts';

const TASK = { collector: 'test.things', region: 'global' };

const aGap = (code: ErrorCode, action = 'test:Get'): Gap => ({ kind: 'gap', code, action, message: `${code} it is` });

const aNode = (id: string): NormalizedNode => ({
  kind: 'node',
  entity_type: 'aws_s3_bucket',
  source_system_id: 'aws:aws',
  source_record_id: id,
  display_name: id,
  properties: {},
  api: 'test:List',
});

const run = (
  collect: (cursor?: string) => AsyncGenerator<Observation, void, undefined>,
  skipReason?: (failure: SourceFailure) => Promise<string | undefined>,
  skip?: () => string | undefined,
) => {
  const collector: Collector<null> = {
    id: 'test.things',
    category: 'test',
    regional: false,
    entity_types: [],
    edge_types: [],
    actions: [],
    ...(skip ? { skip } : {}),
    collect: (_, cursor) => collect(cursor),
  };
  return observe(
    runCollector({ collector, task: TASK, session: null, cursor: 'from-here', ...(skipReason ? { skipReason } : {}) }),
  );
};

describe('the runner', () => {
  it('passes on what a collector saw, from the cursor that it is given, and calls it complete', async () => {
    const { nodes, row } = await run(async function* (cursor) {
      yield aNode(cursor ?? '');
    });
    expect(nodes.map(({ source_record_id }) => source_record_id)).toEqual(['from-here']);
    expect(row).toEqual({ ...TASK, status: 'complete' });
  });

  it('a refusal of one item makes the row denied: it may remove nothing', async () => {
    const { row } = await run(async function* () {
      yield aNode('a');
      yield aGap('access_denied');
    });
    expect(row).toMatchObject({ status: 'denied', code: 'access_denied' });
  });

  it('a failure is worse than a refusal', async () => {
    const { row } = await run(async function* () {
      yield aGap('access_denied');
      yield aGap('unreadable_item');
      yield aGap('access_denied');
    });
    expect(row).toMatchObject({ status: 'failed', code: 'unreadable_item' });
  });

  it('a node says which calls failed before it, so that nothing is concluded from their silence', async () => {
    const { nodes } = await run(async function* () {
      yield aNode('a');
      yield aGap('access_denied', 'test:GetPolicy');
      yield aNode('b');
    });
    expect(nodes.map(({ failed_apis }) => failed_apis)).toEqual([undefined, ['test:GetPolicy']]);
  });

  it('a failed listing is a gap and ends the task', async () => {
    const { gaps, row } = await run(async function* () {
      yield aNode('a');
      throw new SourceFailure(aGap('timeout', 'test:List'));
    });
    expect(gaps).toEqual([aGap('timeout', 'test:List')]);
    expect(row).toMatchObject({ status: 'failed', code: 'timeout' });
  });

  it('a listing that failed for a good reason is skipped, without a gap', async () => {
    const { gaps, row } = await run(
      // biome-ignore lint/correctness/useYield: the listing fails before it shows anything
      async function* () {
        throw new SourceFailure(aGap('credentials_invalid'));
      },
      async () => 'region off',
    );
    expect(gaps).toEqual([]);
    expect(row).toEqual({ ...TASK, status: 'skipped', reason: 'region off' });
  });

  it('a source in trouble is not asked about every one of a thousand items', async () => {
    const { gaps, row } = await run(async function* () {
      for (let item = 0; item < 1_000; item += 1) yield aGap('throttled');
    });
    expect(gaps).toHaveLength(3);
    expect(row).toMatchObject({ status: 'failed', code: 'throttled' });
  });

  it('a source that stumbles now and then is asked to the end', async () => {
    const { nodes } = await run(async function* () {
      for (let item = 0; item < 10; item += 1) {
        yield aGap('timeout');
        yield aNode(`odd ${item}`);
        yield aNode(`sound ${item}`);
      }
    });
    expect(nodes).toHaveLength(20);
  });

  it('refusals of items are no trouble: all siblings are asked', async () => {
    const { gaps } = await run(async function* () {
      for (let item = 0; item < 10; item += 1) yield aGap('access_denied');
    });
    expect(gaps).toHaveLength(10);
  });

  it('a bug in a collector propagates', async () => {
    const running = run(async function* () {
      yield aNode('a');
      throw new TypeError('undefined is not a function');
    });
    await expect(running).rejects.toThrow(TypeError);
  });

  it.each([
    ['that cannot know anything here is skipped with its reason, and not asked', 'asked elsewhere', 'skipped', 0],
    ['that can is asked', undefined, 'complete', 1],
  ])('a collector %s', async (_, reason, status, nodes) => {
    const observed = await run(
      async function* () {
        yield aNode('a');
      },
      undefined,
      () => reason,
    );
    expect(observed.row).toEqual({ ...TASK, status, ...(reason ? { reason } : {}) });
    expect(observed.nodes).toHaveLength(nodes);
  });
});
