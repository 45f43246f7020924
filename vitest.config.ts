import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** Those that start servers wait for them much of the time: there is work for one worker more than there are cores. */
const maxWorkers = availableParallelism() + 1;

const layer = (name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration => ({
  test: { name, maxWorkers, ...test },
});

/** Layers of tests, cheapest first. `contract`, `local` and `e2e` start real servers on loopback; each file has its own. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      layer('unit', {
        include: ['test/**/*.test.ts'],
        exclude: [
          'test/contract/**',
          'test/local/**',
          'test/emulated/**',
          'test/labs/**',
          'test/e2e/**',
          'test/faults/**',
          'test/infra/**',
        ],
        // Properties are tried a hundred times, beside other workers.
        testTimeout: 30_000,
      }),
      layer('infra', {
        include: ['test/infra/**/*.test.ts'],
        testTimeout: 120_000,
        hookTimeout: 120_000,
        isolate: false,
      }),
      layer('contract', {
        include: ['test/contract/**/*.test.ts'],
        globalSetup: ['test/contract/mongo.setup.ts'],
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      layer('local', {
        include: ['test/local/**/*.test.ts', 'test/emulated/**/*.test.ts', 'test/labs/**/*.test.ts'],
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      layer('e2e', {
        include: ['test/e2e/**/*.test.ts', 'test/faults/**/*.test.ts'],
        testTimeout: 300_000,
        hookTimeout: 300_000,
      }),
    ],
  },
});
