import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../bin/api-client.ts';
import type { ShownIdentity } from '../../bin/results-client.ts';
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
import { estateAddresses } from '../../labs/mediapro/reports/addresses.ts';
import { connectSystems, sendReports } from '../../labs/mediapro/reports/send.ts';
import { LAB_RULE, LAB_RULE_REASON, stitched, switchRule } from '../../labs/mediapro/rules.ts';
import type { ShownPath } from '../../lambdas/api/answers/paths.ts';
import type { WatchedRun } from '../../lambdas/api/answers/scan-runs.ts';
import type { RunError } from '../../src/runs/run.ts';
import {
  bridgedPath,
  checkBridged,
  checkDecoys,
  checkDenied,
  checkFirst,
  checkIdentities,
  checkReports,
  checkStory,
  checkUnchanged,
  checkWrites,
} from './checks.ts';
import type { Claims } from './claims.ts';
import { difference, sizes, snapshots } from './documents.ts';
import { showIdentities, showPaths } from './picture.ts';
import { takeAway } from './spoke-permission.ts';
import type { Stage } from './stage.ts';

/** The permission that the third scan lacks. */
const TAKEN = 'lambda:ListFunctions';

/** The rule that the tenant switches on in the end. */
const SECRET_RULE = 'lambda-secret-stored-entra-sp';

/** Milliseconds after which a stitch that nobody should have asked for would have shown. */
const QUIET = 3_000;

/** What came of the story, beside its claims. */
export interface Told {
  readonly runs: readonly WatchedRun[];
  readonly identities: readonly ShownIdentity[];
  readonly paths: readonly ShownPath[];
}

/** Tells the story of the estate on a stage that is set, and makes the claims that it promises. */
export async function tell(stage: Stage, screen: Screen, claims: Claims): Promise<Told> {
  const { api, organization } = stage;
  const { accounts } = organization.placement;
  const expected = expectations(organization.placement);
  const show = (scanned: Scanned): void => showScan(scanned, accountNames(stage), screen);
  const read = () => snapshots(stage.services.mongo.uri, TENANT);
  const addresses = await estateAddresses(stage.world, organization.placement);

  screen.chapter('Connector instances for AWS, Entra, ServiceNow and Foundry; scopes; one more rule');
  const { instance, scope, identities: identityScope } = await connect(api, organization.placement);
  screen.line(
    `   instance ${instance._id}, external id ${instance.connector_kind === 'aws' ? instance.external_id : 'none'}`,
  );
  screen.line(`   scope ${scope._id}, once a day: ${scope.service_categories.join(', ')}`);
  screen.line(`   scope ${identityScope._id}, every hour: ${identityScope.service_categories.join(', ')}`);
  for (const system of await connectSystems(api)) {
    const { _id, source_system_ids } = system.instance;
    screen.line(
      `   instance ${_id} speaks for ${source_system_ids.join(', ')}; scope ${system.scope._id}, twice a day`,
    );
  }
  await switchRule(api, LAB_RULE, true, LAB_RULE_REASON);
  screen.line(`   rule ${LAB_RULE} is on: ${LAB_RULE_REASON}`);

  screen.chapter('The first scan and the first reports: everything is new');
  const first = await scan(api, scope._id, screen);
  show(first);
  checkFirst(first, claims);
  const reports = await sendReports(api, addresses);
  showReports(reports, screen);
  checkReports(reports, claims);
  claims.hold('a stitch followed', await stitchedAfter(api, reports));

  screen.chapter('What the tagger reaches, and how we know');
  const found = await api.listPaths();
  const story = found.find(
    ({ workload, resource }) =>
      workload.source_record_id === expected.story.workload && resource.source_record_id === expected.story.resource,
  );
  if (story) showPath(story, new Map([[first.run._id, `#${first.run.seq}`]]), screen);
  checkStory(story, expected, first.run._id, claims);
  checkDecoys(found, expected, accounts.security, claims);
  checkIdentities(await api.listIdentities(), await api.listCorrelations({ status: 'active' }), claims);
  const before = await read();

  screen.chapter('The second scan and the same reports: nothing has changed, so nothing is written');
  const { mongoProxy } = stage.services;
  mongoProxy?.resetWrites();
  const second = await scan(api, scope._id, screen);
  show(second);
  const again = await sendReports(api, addresses);
  showReports(again, screen);
  await sleep(QUIET);
  checkUnchanged([second.run, ...again], difference(before, await read()), sizes(before), claims);
  // A server that was given to us is talked to without our proxy in between.
  if (mongoProxy) checkWrites(mongoProxy.writes(), claims);

  screen.chapter(`The third scan: ${ACCOUNT_NAMES.workloads} has taken ${TAKEN} away from the spoke role`);
  const giveBack = await takeAway(stage.world, accounts.workloads, TAKEN);
  const third = await scan(api, scope._id, screen);
  show(third);
  showErrors(third.run.errors, screen);
  // The role that lost a permission is a fact as well, so this run wrote one document and a stitch follows.
  claims.hold('a stitch followed', await untilStitched(api, third.run.created_at));
  const taken = { account: accounts.workloads, action: TAKEN, role: spokeRoleArn(accounts.workloads) };
  checkDenied(third, taken, difference(before, await read()), claims);

  screen.chapter(`${TAKEN} is given back; the scope of identities sees it`);
  await giveBack();
  const fourth = await scan(api, identityScope._id, screen);
  show(fourth);
  claims.equal('the run succeeded', fourth.run.status, 'succeeded');

  screen.chapter(`${SECRET_RULE} is switched on: a function may read the credential of an application`);
  const { version } = await switchRule(api, SECRET_RULE, true, 'to see what it would add');
  await stitched(api, ({ settings_version }) => settings_version >= version, 'the settings');
  const paths = await api.listPaths();
  const bridged = bridgedPath(paths, expected);
  const runs = [first.run, ...reports, second.run, ...again, third.run, fourth.run];
  const instances = new Map((await api.listInstances()).map(({ _id, display_name }) => [_id, display_name]));
  const nameOf = ({ instance_id }: WatchedRun): string => instances.get(instance_id) ?? instance_id;
  if (bridged) showPath(bridged, new Map(runs.map((run) => [run._id, `#${run.seq} of ${nameOf(run)}`])), screen);
  checkBridged(paths, expected, accounts.security, claims);

  const identities = await api.listIdentities();
  screen.chapter('The stitched picture: all runs');
  screen.table(
    ['instance', ...RUN_HEAD],
    runs.map((run) => [nameOf(run), ...runRow({ run, seconds: secondsOf(run) })]),
  );
  screen.chapter('The stitched picture: identities, with the records that are one');
  showIdentities(identities, screen);
  screen.chapter('The stitched picture: what workloads of the estate reach');
  showPaths(
    paths.filter(({ workload }) => workload.account_id !== accounts.security),
    screen,
  );
  return { runs, identities, paths };
}

/** Waits until what all these runs changed is stitched. */
async function stitchedAfter(api: ApiClient, runs: readonly WatchedRun[]): Promise<boolean> {
  for (const { _id } of runs) {
    await stitched(api, ({ triggered_by }) => triggered_by.some(({ by }) => by === _id), `run ${_id}`);
  }
  return true;
}

const secondsOf = ({ created_at, finished_at }: WatchedRun): number =>
  (Date.parse(finished_at ?? created_at) - Date.parse(created_at)) / 1_000;

function showReports(reports: readonly WatchedRun[], screen: Screen): void {
  for (const { seq, status, totals } of reports) {
    screen.note(`report, run #${seq}: ${status}, ${totals?.observed ?? 0} things, ${totals?.added ?? 0} of them new`);
  }
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
