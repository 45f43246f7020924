import type { AwsCollector } from '../session.ts';
import { analyzers } from './analyzers.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [analyzers];
