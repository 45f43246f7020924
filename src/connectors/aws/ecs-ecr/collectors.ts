import type { AwsCollector } from '../session.ts';
import { clusters } from './clusters.ts';
import { registry } from './registry.ts';
import { repositories } from './repositories.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [clusters, repositories, registry];
