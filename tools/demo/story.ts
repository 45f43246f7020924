import { setTimeout as sleep } from 'node:timers/promises';
import { showPath } from '../../bin/terminal/path-picture.ts';
import type { Screen } from '../../bin/terminal/screen.ts';
import {
  CELL_HEAD,
  cellRows,
  RUN_HEAD,
  runRow,
  type Scanned,
  scan,
  untilStitched,
} from '../../bin/terminal/watch-run.ts';
import { connect } from '../../labs/mediapro/connect.ts';
import { spokeRoleArn } from '../../labs/mediapro/estate.ts';
import { expectations } from '../../labs/mediapro/expectations.ts';
import { ACCOUNT_NAMES, TENANT } from '../../labs/mediapro/names.ts';
import type { Path } from '../../src/paths/path.ts';
import type { RunError } from '../../src/runs/run.ts';
import { checkDecoys, checkDenied, checkFirst, checkStory, checkUnchanged, checkWrites } from './checks.ts';
import type { Claims } from './claims.ts';
import { difference, sizes, snapshots } from './documents.ts';
import { takeAway } from './spoke-permission.ts';
import type { Stage } from './stage.ts';

/** The permission that the third scan lacks. */
const TAKEN = 'lambda:ListFunctions';

/** Milliseconds after which a stitch that nobody should have asked for would have shown. */
const QUIET = 3_000;

/** What came of the story, beside its claims. */
export interface Told {
  readonly scans: readonly Scanned[];
  readonly paths: readonly Path[];
}

/** Tells the story of the estate on a stage that is set, and makes the claims that it promises. */
export async function tell(stage: Stage, screen: Screen, claims: Claims): Promise<Told> {
  const { api, organization } = stage;
  const { accounts } = organization.placement;
  const expected = expectations(organization.placement);
  const show = (scanned: Scanned): void => showScan(scanned, accountNames(stage), screen);
  const read = () => snapshots(stage.services.mongo.uri, TENANT);

  screen.chapter('A connector instance, and a scope of it');
  const { instance, scope } = await connect(api, organization.placement);
  screen.line(
    `   instance ${instance._id}, external id ${instance.connector_kind === 'aws' ? instance.external_id : 'none'}`,
  );
  screen.line(`   scope ${scope._id}: ${scope.service_categories.join(', ')}`);

  screen.chapter('The first scan: everything is new');
  const first = await scan(api, scope._id, screen);
  show(first);
  checkFirst(first, claims);
  claims.hold('a stitch followed', await untilStitched(api, first.run.created_at));

  screen.chapter('What the tagger reaches, and how we know');
  const paths = await api.listPaths();
  const story = paths.find(
    ({ workload, resource }) =>
      workload.source_record_id === expected.story.workload && resource.source_record_id === expected.story.resource,
  );
  if (story) showPath(story, new Map([[first.run._id, `#${first.run.seq}`]]), screen);
  checkStory(story, expected, first.run._id, claims);
  checkDecoys(paths, expected, claims);
  const before = await read();

  screen.chapter('The second scan: nothing has changed, so nothing is written');
  const { mongoProxy } = stage.services;
  mongoProxy?.resetWrites();
  const second = await scan(api, scope._id, screen);
  show(second);
  await sleep(QUIET);
  checkUnchanged(second, difference(before, await read()), sizes(before), claims);
  // A server that was given to us is talked to without our proxy in between.
  if (mongoProxy) checkWrites(mongoProxy.writes(), claims);

  screen.chapter(`The third scan: ${ACCOUNT_NAMES.workloads} has taken ${TAKEN} away from the spoke role`);
  await takeAway(stage.world, accounts.workloads, TAKEN);
  const third = await scan(api, scope._id, screen);
  show(third);
  showErrors(third.run.errors, screen);
  // The role that lost a permission is a fact as well, so this run wrote one document and a stitch follows.
  claims.hold('a stitch followed', await untilStitched(api, third.run.created_at));
  const taken = { account: accounts.workloads, action: TAKEN, role: spokeRoleArn(accounts.workloads) };
  checkDenied(third, taken, difference(before, await read()), claims);

  screen.chapter('All runs');
  const scans = [first, second, third];
  screen.table(RUN_HEAD, scans.map(runRow));
  return { scans, paths };
}

function accountNames({ organization }: Stage): ReadonlyMap<string, string> {
  const { accounts } = organization.placement;
  return new Map([
    [accounts.security, ACCOUNT_NAMES.security],
    [accounts.workloads, ACCOUNT_NAMES.workloads],
    [accounts.data, ACCOUNT_NAMES.data],
    [organization.management_account, 'management'],
  ]);
}

function showScan({ run, cells, seconds }: Scanned, names: ReadonlyMap<string, string>, screen: Screen): void {
  screen.table(CELL_HEAD, cellRows(cells, names));
  screen.note(`run #${run.seq} is ${run.status} after ${seconds.toFixed(1)} s and ${run.api_calls} calls to AWS`);
}

function showErrors(errors: readonly RunError[], screen: Screen): void {
  for (const { code, example, remedy, responsible } of errors) {
    screen.line();
    screen.line(`   ${screen.paint('yellow', code)}: ${example}`);
    screen.line(`   What to do: ${remedy}`);
    screen.line(`   Who: ${responsible}`);
  }
  screen.line();
}
