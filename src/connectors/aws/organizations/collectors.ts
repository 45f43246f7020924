import type { AwsCollector } from '../session.ts';
import { accounts } from './accounts.ts';
import { policies } from './policies.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [accounts, policies];
