import type { AwsCollector } from '../session.ts';
import { executionCounts } from './execution-counts.ts';
import { stateMachines } from './state-machines.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [stateMachines, executionCounts];
