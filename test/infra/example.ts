import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type HubConfig, parseConfig } from '../../lib/config.ts';

const EXAMPLE = path.resolve(import.meta.dirname, '../../config/example.json');

/** What the configuration of a test differs in. */
export type Overrides = Readonly<Record<string, unknown>>;

/** The configuration of config/example.json, with something else in it. */
export const exampleConfig = (overrides: Overrides = {}): HubConfig =>
  parseConfig({ ...JSON.parse(readFileSync(EXAMPLE, 'utf8')), ...overrides }, 'test');

/** The functions of the hub: where each is in the stack, and which folder of `lambdas/` it runs. */
export const FUNCTIONS = [
  { at: 'ControlApi/Api', duty: 'api' },
  { at: 'Planning/PlanRun', duty: 'plan-run' },
  { at: 'Collecting/CollectAws', duty: 'collect-aws' },
  { at: 'Collecting/CheckAws', duty: 'check-aws' },
  { at: 'Checking/CheckSources', duty: 'check-sources' },
  { at: 'Stitching/RequestStitch', duty: 'request-stitch' },
  { at: 'Stitching/Stitch', duty: 'stitch' },
  { at: 'Stitching/AskGraph', duty: 'ask-graph' },
  { at: 'Tick/Tick', duty: 'tick' },
] as const;
