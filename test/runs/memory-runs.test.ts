import { describe } from 'vitest';
import { cellStoreSuite } from './cell-store-suite.ts';
import { memoryCells, memoryRuns } from './memory-runs.ts';
import { runStoreSuite } from './run-store-suite.ts';

// The fakes of these tests keep the promises of the stores: test/contract holds those to the same.
describe('runs in memory', () => runStoreSuite(async () => memoryRuns().runs));
describe('cells in memory', () => cellStoreSuite(async () => memoryCells().cells));
