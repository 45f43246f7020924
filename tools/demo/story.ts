import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../bin/api-client.ts';
import { type Expectations, expectations } from '../../labs/mediapro/expectations.ts';
import { ACCOUNT_NAMES, TENANT, WORKSPACE } from '../../labs/mediapro/names.ts';
import { AWS_CATEGORIES } from '../../src/connectors/aws/categories.ts';
import type { Path } from '../../src/paths/path.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { Claims } from './claims.ts';
import { type Snapshots, snapshots } from './documents.ts';
import { showPath } from './path-picture.ts';
import { CELL_HEAD, cellRows, RUN_HEAD, runRow, type Scanned, scan, untilStitched } from './scan.ts';
import type { Screen } from './screen.ts';
import { takeAway } from './spoke-permission.ts';
import type { Stage } from './stage.ts';

/** The permission that the third chapter takes away. */
const TAKEN = 'lambda:ListFunctions';

/** Seconds that a run of the estate may take, from the request to `succeeded`. */
const LONGEST_RUN = 30;

/** Seconds after which a stitch that somebody asked for would have shown. */
const QUIET = 3;

/** What came of the story, beside its claims. */
export interface Told {
  readonly scans: readonly Scanned[];
  readonly paths: readonly Path[];
}

/** Tells the story of the estate on a stage that is set, and makes the claims that it promises. */
export async function tell(stage: Stage, screen: Screen, claims: Claims): Promise<Told> {
  const { api, organization } = stage;
  const { accounts } = organization.placement;
  const names = new Map([
    ...Object.entries(accounts).map(([key, id]) => [id, nameOf(key)] as const),
    [organization.management_account, 'management'] as const,
  ]);
  const expected = expectations(organization.placement);
  const read = () => snapshots(stage.services.mongo.uri, TENANT);

  screen.chapter('A connector instance, and a scope that scans it');
  const scope_id = await connect(api, stage, screen);

  screen.chapter('The first scan: everything is new');
  const first = await scan(api, scope_id, screen);
  showRun(first, names, screen);
  checkFirst(first, claims);
  const stitched = await untilStitched(api, first.run.started_at ?? first.run.created_at);
  claims.hold('the run was followed by a stitch', stitched !== undefined);

  screen.chapter('What the tagger can reach, and how we know');
  const paths = await api.listPaths();
  const story = paths.find(
    ({ workload, resource }) =>
      workload.source_record_id === expected.story.workload && resource.source_record_id === expected.story.resource,
  );
  if (story) showPath(story, new Map([[first.run._id, `#${first.run.seq}`]]), screen);
  screen.line();
  checkStory(story, expected, first.run._id, claims);
  checkDecoys(paths, expected, claims);
  const before = await read();

  screen.chapter('The second scan: nothing has changed, so nothing is written');
  const second = await scan(api, scope_id, screen);
  showRun(second, names, screen);
  await sleep(QUIET * 1_000);
  checkUnchanged(second, before, await read(), claims);

  screen.chapter(`The third scan: ${ACCOUNT_NAMES.workloads} takes ${TAKEN} away from the spoke role`);
  await takeAway(stage.world, accounts.workloads, TAKEN);
  const third = await scan(api, scope_id, screen);
  showRun(third, names, screen);
  await sleep(QUIET * 1_000);
  checkDenied(third, accounts.workloads, before, await read(), claims, screen);
  claims.equal(
    'the paths are what they were',
    (await api.listPaths()).map(({ path_hash }) => path_hash),
    paths.map(({ path_hash }) => path_hash),
  );

  screen.chapter('All runs');
  const scans = [first, second, third];
  screen.table(RUN_HEAD, scans.map(runRow));
  return { scans, paths };
}

const nameOf = (key: string): string => Object.entries(ACCOUNT_NAMES).find(([known]) => known === key)?.[1] ?? key;

async function connect(api: ApiClient, { organization, services }: Stage, screen: Screen): Promise<string> {
  const regions = [services.aws.region];
  const instance = await api.createInstance({
    connector_kind: 'aws',
    display_name: 'MediaPro organization',
    config: { mode: 'organization', regions },
    workspace_id: WORKSPACE,
  });
  screen.line(`   instance ${instance._id}, external id ${instance.external_id}`);
  const scope = await api.createScope({
    instance_id: instance._id,
    scope_keys: { account_ids: Object.values(organization.placement.accounts), regions },
    service_categories: [...AWS_CATEGORIES],
  });
  screen.line(`   scope ${scope._id}: ${scope.service_categories.join(', ')}`);
  return scope._id;
}

function showRun(scanned: Scanned, names: ReadonlyMap<string, string>, screen: Screen): void {
  screen.table(CELL_HEAD, cellRows(scanned.cells, names));
  const { run, seconds } = scanned;
  screen.note(`run #${run.seq} ${run.status} in ${seconds.toFixed(1)} s with ${run.api_calls} calls to AWS`);
}

function checkFirst({ run, cells, seconds }: Scanned, claims: Claims): void {
  claims.equal('the run succeeded', run.status, 'succeeded');
  claims.equal('13 cells: 3 accounts by 4 categories, and the discovery', cells.length, 13);
  claims.hold(
    'each of them is complete',
    Object.values(run.evidence_completeness).every((evidence) => evidence === 'complete'),
    run.evidence_completeness,
  );
  claims.equal('nothing went wrong', run.errors, []);
  claims.hold(`from request to succeeded in under ${LONGEST_RUN} s`, seconds < LONGEST_RUN, seconds);
}

function checkStory(story: Path | undefined, expected: Expectations, run_id: string, claims: Claims): void {
  const through = story && [story.workload, ...story.hops.map(({ to }) => to)].map((end) => end.source_record_id);
  claims.equal(
    'the path mp-content-tagger -> mp-cross-account-data-reader -> mp-pii-customers is found',
    through,
    expected.story.through,
  );
  claims.equal('it crosses_account_boundary', story?.crosses_account_boundary, true);
  claims.equal('it depends on no open condition', story?.verdict, 'allowed');
  const evidence = story?.hops.map((hop) => hop.evidence) ?? [];
  claims.hold(
    'every hop has evidence: the source record, the field, the API call and the run',
    evidence.length > 0 &&
      evidence.every(
        (ofHop) =>
          ofHop.length > 0 &&
          ofHop.every((one) => one.source_record_id && one.source_field_path && one.api && one.run_id === run_id),
      ),
    evidence,
  );
  claims.hold(
    'the evidence has both sides of the step between the accounts, with the condition of the trust',
    JSON.stringify(evidence).includes('AssumeCustomerReader') &&
      JSON.stringify(evidence).includes('aws:PrincipalOrgID'),
    evidence,
  );
}

function checkDecoys(paths: readonly Path[], expected: Expectations, claims: Claims): void {
  const ends = (path: { readonly workload: string; readonly resource: string }) => `${path.workload} ${path.resource}`;
  const found = paths
    .filter(({ verdict }) => verdict === 'allowed')
    .map((path) => ends({ workload: path.workload.source_record_id, resource: path.resource.source_record_id }));
  claims.equal(
    'no other workload reaches anything sensitive, except the one that should',
    [...new Set(found)].sort(),
    expected.paths.map(ends).sort(),
  );
  const wrong = expected.forbidden.filter(({ at, at_most }) =>
    paths.some(
      (path) =>
        path.hops.some(({ to }) => to.source_record_id === at) && (at_most === 'none' || path.verdict === 'allowed'),
    ),
  );
  claims.equal(
    `none of ${expected.forbidden.length} decoys gives a path`,
    wrong.map(({ decoy, why }) => `${decoy}: ${why}`),
    [],
  );
}

function checkUnchanged({ run }: Scanned, before: Snapshots, after: Snapshots, claims: Claims): void {
  claims.equal('the run succeeded', run.status, 'succeeded');
  const { added, changed, removed, unchanged } = run.totals ?? { added: -1, changed: -1, removed: -1, unchanged: 0 };
  claims.equal('it wrote nothing', { added, changed, removed }, { added: 0, changed: 0, removed: 0 });
  claims.hold('it saw what the first one saw', unchanged > 0, run.totals);
  for (const [name, { documents }] of Object.entries(before)) {
    const untouched = isSame(before, after, name);
    claims.hold(`all ${documents} documents in ${name} are what they were, to the byte`, untouched, after);
  }
}

const isSame = (before: Snapshots, after: Snapshots, name: string): boolean =>
  Object.entries(before).find(([known]) => known === name)?.[1].hash ===
  Object.entries(after).find(([known]) => known === name)?.[1].hash;

function checkDenied(
  { run, cells }: Scanned,
  account: string,
  before: Snapshots,
  after: Snapshots,
  claims: Claims,
  screen: Screen,
): void {
  const error = run.errors[0];
  if (error) {
    screen.line();
    screen.line(`   ${screen.paint('yellow', error.example)}`);
    screen.line(`   What to do: ${error.remedy}`);
    screen.line(`   Who: ${error.responsible}`);
    screen.line();
  }
  const isDenied = (cell: Cell): boolean => cell.coverage.some(({ status }) => status === 'denied');
  claims.equal('the run is partial, not succeeded', run.status, 'partial');
  claims.equal(
    'one cell was denied',
    cells.filter(isDenied).map(({ key }) => key),
    [`aws_lambda:${account}`],
  );
  claims.hold(
    'everything else is complete',
    cells.filter((cell) => !isDenied(cell)).every(({ status }) => status === 'succeeded'),
    run.evidence_completeness,
  );
  claims.equal(
    'the error is a refusal',
    run.errors.map(({ code }) => code),
    ['access_denied'],
  );
  claims.hold(
    `the remedy names ${TAKEN} and the account`,
    !!error?.remedy.includes(TAKEN) && error.remedy.includes(account),
    error,
  );
  claims.equal('nothing was removed', run.totals?.removed, 0);
  claims.equal('not one document went away or changed', after, before);
}
