import type { AwsCollector } from '../session.ts';
import { aggregators } from './aggregators.ts';
import { conformancePacks } from './conformance-packs.ts';
import { recorders } from './recorders.ts';
import { rules } from './rules.ts';

/** In the order in which a cell does them: it resumes by their number, so a new one comes last. */
export const COLLECTORS: readonly AwsCollector[] = [recorders, rules, conformancePacks, aggregators];
