import type { AwsCollector } from '../session.ts';
import { eventSourceMappings } from './event-source-mappings.ts';
import { executionCounts } from './execution-counts.ts';
import { functions } from './functions.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [functions, eventSourceMappings, executionCounts];
