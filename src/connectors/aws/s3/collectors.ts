import type { AwsCollector } from '../session.ts';
import { accountPublicAccess } from './account-public-access.ts';
import { buckets } from './buckets.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [buckets, accountPublicAccess];
