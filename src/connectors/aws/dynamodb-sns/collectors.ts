import type { AwsCollector } from '../session.ts';
import { queues } from './queues.ts';
import { tables } from './tables.ts';
import { topics } from './topics.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [tables, topics, queues];
