import type { AwsCollector } from '../session.ts';
import { keys } from './keys.ts';
import { parameters } from './parameters.ts';
import { secrets } from './secrets.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [secrets, parameters, keys];
