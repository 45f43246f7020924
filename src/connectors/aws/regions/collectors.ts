import type { AwsCollector } from '../session.ts';
import { enabledRegions } from './enabled-regions.ts';

export const COLLECTORS: readonly AwsCollector[] = [enabledRegions];
