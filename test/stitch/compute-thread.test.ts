import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { computeInThread } from '../../lambdas/stitch/compute-thread.ts';
import type { Computation } from '../../src/stitch/computation.ts';
import { TENANT } from '../graph/estate.ts';
import { UNDECIDED } from './computed.ts';
import { computedHere } from './here.ts';
import { mediaProInputs } from './inputs.ts';

/** The module that the function runs in its thread: the function's own. */
const FUNCTION = new URL('../../lambdas/stitch/index.ts', import.meta.url);

const started: Computation[] = [];
const inThread = (module: URL): Computation => {
  const computation = computeInThread({ module }, TENANT, UNDECIDED);
  started.push(computation);
  return computation;
};
const aModule = (source: string): URL => new URL(`data:text/javascript,${encodeURIComponent(source)}`);

afterEach(async () => {
  for (const computation of started.splice(0)) await computation.close();
});

// A thread loads the whole function before it answers.
describe('a computation in a thread', { timeout: 20_000 }, () => {
  it('comes to the same as one without', async () => {
    const inputs = mediaProInputs();
    const [thread, here] = [inThread(FUNCTION), computedHere(TENANT, UNDECIDED)];
    for (let from = 0; from < inputs.length; from += 3) {
      await thread.add(inputs.slice(from, from + 3));
      await here.add(inputs.slice(from, from + 3));
    }
    const { computed, durations_ms } = await thread.finish();
    expect(computed).toEqual((await here.finish()).computed);
    expect(Object.keys(durations_ms)).toEqual(['graph', 'derived', 'correlations', 'identities', 'paths']);
    const asked = [...computed.hashes.path.keys()].map((id) => ({ kind: 'path' as const, id }));
    expect(asked).toHaveLength(1);
    expect(await thread.differences(asked)).toEqual(await here.differences(asked));
  });

  it('leaves this thread free while it computes', async () => {
    const thread = inThread(
      aModule(`import { parentPort } from 'node:worker_threads';
        parentPort.on('message', () => {
          const until = performance.now() + 300;
          while (performance.now() < until);
          parentPort.postMessage('added');
        });`),
    );
    let added = false;
    let turns = 0;
    const adding = thread.add([]).then(() => {
      added = true;
    });
    while (!added) {
      turns += 1;
      await turn();
    }
    await adding;
    expect(turns).toBeGreaterThan(100);
  });

  it.each([
    [
      'throws at an order',
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => { throw new Error('no such edge'); });`,
      'no such edge',
    ],
    ['does not even start', `throw new Error('no such module');`, 'no such module'],
    [
      'ends without a word',
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => process.exit(3));`,
      'ended with code 3',
    ],
  ])('that %s fails the stitch, and goes on failing', async (_what, source, message) => {
    const thread = inThread(aModule(source));
    await expect(thread.add([])).rejects.toThrow(message);
    await expect(thread.finish()).rejects.toThrow(message);
  });

  it('that broke while nobody was listening is no crash, and is told to the next who asks', async () => {
    const thread = inThread(aModule(`throw new Error('broken early');`));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(thread.add([])).rejects.toThrow('broken early');
  });

  it('is over when it is closed, twice if need be', async () => {
    const thread = inThread(FUNCTION);
    await thread.add([]);
    await thread.close();
    await thread.close();
    await expect(thread.finish()).rejects.toThrow('has ended');
  });

  it('does not keep anybody waiting who is closed in the middle', async () => {
    const thread = inThread(
      aModule(`import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => undefined);`),
    );
    const finishing = thread.finish();
    await thread.close();
    await expect(finishing).rejects.toThrow('has ended');
  });
});
