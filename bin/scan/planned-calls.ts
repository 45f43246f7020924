import { ASSUME_ROLE } from '../../src/connectors/aws/assume-role.ts';
import { AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from '../../src/connectors/aws/categories.ts';
import { collectorsOf } from '../../src/connectors/aws/collectors.ts';
import { WHO_AM_I } from '../../src/connectors/aws/region-off.ts';
import type { Screen } from '../terminal/screen.ts';
import type { ScanOptions } from './options.ts';

/** The calls of one collector, as IAM names them. */
export interface PlannedCalls {
  readonly category: string;
  readonly collector: string;
  /** Whether they are made once in each region. */
  readonly regional: boolean;
  readonly actions: readonly string[];
}

/** What a scan may call, from what its collectors declare: the client refuses every other call. */
export async function plannedCalls(
  options: Pick<ScanOptions, 'organization' | 'accounts' | 'allRegions' | 'serviceCategories'>,
  env: NodeJS.ProcessEnv,
): Promise<readonly PlannedCalls[]> {
  const lists_organization = options.organization || (!options.accounts && env.AWS_ORGANIZATION_ROLE_ARN);
  const categories = [
    ...(lists_organization ? [AWS_DISCOVERY_CATEGORY] : []),
    ...(options.allRegions ? [AWS_REGIONS_CATEGORY] : []),
    ...options.serviceCategories,
  ];
  const calls: PlannedCalls[] = [
    { category: 'session', collector: 'sts', regional: false, actions: [WHO_AM_I, ASSUME_ROLE] },
  ];
  for (const category of categories) {
    for (const { id: collector, regional, actions } of await collectorsOf(category)) {
      calls.push({ category, collector, regional, actions: actions.toSorted() });
    }
  }
  return calls;
}

/** Shows them, category by category. */
export function showPlannedCalls(calls: readonly PlannedCalls[], screen: Screen): void {
  for (const [category, of] of Map.groupBy(calls, (call) => call.category)) {
    screen.line(screen.paint('bold', category));
    for (const { collector, regional, actions } of of) {
      screen.line(`   ${collector}${regional ? ', in each region' : ''}`);
      for (const action of actions) screen.line(`      ${action}`);
    }
  }
  const actions = new Set(calls.flatMap((call) => call.actions));
  screen.line(`${actions.size} actions, all of them reads. None was called.`);
}
