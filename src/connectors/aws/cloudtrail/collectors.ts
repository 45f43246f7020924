import type { AwsCollector } from '../session.ts';
import { assumedRoles } from './assumed-roles.ts';
import { trails } from './trails.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [trails, assumedRoles];
