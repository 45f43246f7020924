import { isDeepStrictEqual } from 'node:util';
import type { ShownCorrelation, ShownIdentity } from '../../bin/results-client.ts';
import type { Scanned } from '../../bin/terminal/watch-run.ts';
import type { Expectations, ExpectedEnds } from '../../labs/mediapro/expectations.ts';
import type { WatchedRun } from '../../lambdas/api/answers/scan-runs.ts';
import type { HopEvidence, Path } from '../../src/paths/path.ts';
import type { Cell } from '../../src/runs/cell.ts';
import type { Claims } from './claims.ts';
import { COLLECTIONS, type Difference, NO_DIFFERENCE } from './documents.ts';

/** Seconds that a run of the estate may take, from the request to `succeeded`. */
const LONGEST_RUN = 30;

/** Three accounts by twelve categories, the discovery before them, and the retirement of what nobody plans any more. */
const CELLS = 38;

/** The first scan of the estate. */
export function checkFirst({ run, cells, seconds }: Scanned, claims: Claims): void {
  claims.equal('the run succeeded', run.status, 'succeeded');
  claims.equal(`${CELLS} cells: 3 accounts by 12 categories, the discovery and the retirement`, cells.length, CELLS);
  claims.equal(
    'each of them is complete',
    keysOf(cells, ({ status }) => status !== 'succeeded'),
    [],
  );
  claims.equal('nothing went wrong', run.errors, []);
  claims.hold(`from request to succeeded in under ${LONGEST_RUN} s`, seconds < LONGEST_RUN, seconds);
}

/** The path that the estate is about. */
export function checkStory(story: Path | undefined, expected: Expectations, run_id: string, claims: Claims): void {
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
    'every hop has evidence: the source record, the field in it, the API call and the run',
    evidence.length > 0 && evidence.every((one) => one.length > 0 && one.every((it) => isTraceable(it, run_id))),
    evidence,
  );
  const statements = evidence
    .flat()
    .flatMap((one) => (one.kind === 'statement' ? [JSON.stringify(one.statement)] : []));
  claims.hold(
    'the step between the accounts is shown from both sides, with the condition of the trust',
    statements.some((text) => text.includes('AssumeCustomerReader')) &&
      statements.some((text) => text.includes('aws:PrincipalOrgID')),
    statements,
  );
}

const isTraceable = (evidence: HopEvidence, run_id: string): boolean =>
  evidence.kind !== 'correlation' &&
  evidence.source_record_id !== '' &&
  evidence.source_field_path !== '' &&
  evidence.api !== '' &&
  evidence.run_id === run_id;

/** Every other path of the estate, and those that must not be there. The hub's own account has paths to its own secrets. */
export function checkDecoys(paths: readonly Path[], expected: Expectations, hub_account: string, claims: Claims): void {
  claims.equal(
    'no workload of the estate reaches anything sensitive, except those that should',
    endsOf(paths, hub_account),
    expected.ends.map(shown).sort(),
  );
  const wrong = expected.forbidden.filter(({ at }) =>
    paths.some(({ hops }) => hops.some(({ to }) => to.source_record_id === at)),
  );
  claims.equal(
    `none of ${expected.forbidden.length} decoys is taken for a path`,
    wrong.map(({ decoy, why }) => `${decoy}: ${why}`),
    [],
  );
}

const shown = ({ workload, resource }: ExpectedEnds): string => `${workload} -> ${resource}`;

const endsOf = (paths: readonly Path[], hub_account: string): readonly string[] => {
  const ofEstate = paths.filter(({ workload }) => workload.account_id !== hub_account);
  const ends = ofEstate.map(({ workload, resource }) =>
    shown({ workload: workload.display_name, resource: resource.display_name }),
  );
  return [...new Set(ends)].sort();
};

/** The rules of the lab, and who turned out to be one. */
export function checkIdentities(
  identities: readonly ShownIdentity[],
  correlations: readonly ShownCorrelation[],
  claims: Claims,
): void {
  claims.equal(
    'each of the seven rules joined something; the eighth, which nobody switched on, nothing',
    [...new Set(correlations.map(({ rule_id }) => rule_id))].sort(),
    SEVEN_RULES,
  );
  const router = identities.filter(({ display_name }) => display_name === 'sp-mp-foundry-router');
  claims.equal(
    'sp-mp-foundry-router is one identity with two source records, one of Entra and one of AWS, and names its rule',
    router.map(({ source_records, rules }) => [source_records.map(({ entity_type }) => entity_type), rules]),
    [[['entra_service_principal', 'external_oidc_subject'], ['aws-oidc-federation-to-entra-sp']]],
  );
}

const SEVEN_RULES = [
  'aws-oidc-federation-to-entra-sp',
  'aws-unique-id-to-principal',
  'endpoint-url-bridge',
  'entra-client-id-to-servicenow-oauth',
  'foundry-identity-to-entra-sp',
  'human-identity-by-immutable-id',
  'mcp-server-to-entra-sp',
];

/** What the eighth rule adds, once it is switched on. */
export function checkBridged(
  paths: readonly Path[],
  expected: Expectations,
  hub_account: string,
  claims: Claims,
): void {
  claims.equal(
    'the paths that come on top are those to the HR table, and no others',
    endsOf(paths, hub_account),
    [...expected.ends, ...expected.ends_by_secret].map(shown).sort(),
  );
  const bridged = bridgedPath(paths, expected);
  claims.equal(
    'an agent of Bedrock reaches it by Lambda, Entra and an OAuth client',
    chainOf(bridged),
    expected.bridged,
  );
  claims.equal('it crosses_connector_boundary', bridged?.crosses_connector_boundary, true);
  claims.equal('it names the rules that it rests on', bridged?.correlation_rules, [
    'entra-client-id-to-servicenow-oauth',
    'lambda-secret-stored-entra-sp',
  ]);
  claims.hold(
    'every hop has evidence: of a rule, the fields of both sides that agree',
    bridged?.hops.every(({ evidence }) => evidence.length > 0) ?? false,
    bridged?.hops,
  );
}

/** The path from Bedrock to ServiceNow. */
export const bridgedPath = (paths: readonly Path[], { bridged }: Expectations): Path | undefined =>
  paths.find((path) => path.access_level === 'Read' && isDeepStrictEqual(chainOf(path), bridged));

const chainOf = (path: Path | undefined): readonly string[] | undefined =>
  path && [path.workload, ...path.hops.map(({ to }) => to)].map(({ display_name }) => display_name);

/** Runs over an estate in which nothing has changed. */
export function checkUnchanged(runs: readonly WatchedRun[], written: Difference, size: string, claims: Claims): void {
  claims.equal('every run succeeded', statuses(runs), ['succeeded']);
  const sum = (name: 'added' | 'changed' | 'removed'): number =>
    runs.reduce((all, { totals }) => all + (totals?.[name] ?? Number.NaN), 0);
  claims.equal(
    'by their own count they wrote nothing',
    { added: sum('added'), changed: sum('changed'), removed: sum('removed') },
    { added: 0, changed: 0, removed: 0 },
  );
  claims.hold(
    'they found everything as it should be',
    runs.every(({ totals }) => (totals?.unchanged ?? 0) > 0),
    runs.map(({ totals }) => totals),
  );
  claims.equal(`every document is what it was, read from MongoDB: ${size}`, written, NO_DIFFERENCE);
}

/** The first reports of the systems beside AWS. */
export function checkReports(reports: readonly WatchedRun[], claims: Claims): void {
  claims.equal(
    'Entra, ServiceNow and Foundry: every report succeeded',
    [reports.length, statuses(reports)],
    [3, ['succeeded']],
  );
}

const statuses = (runs: readonly WatchedRun[]): readonly string[] => [...new Set(runs.map(({ status }) => status))];

/** What the functions sent to MongoDB during that scan: documents in write commands, by collection. */
export function checkWrites(writes: Readonly<Record<string, number>>, claims: Claims): void {
  const sent = COLLECTIONS.filter((name) => (writes[name] ?? 0) > 0);
  claims.hold(`no function even sent a write to ${COLLECTIONS.join(', ')}`, sent.length === 0, writes);
  // Else the counter would be what is broken.
  claims.hold('while cells of the run were written', (writes.cells ?? 0) > 0, writes);
}

/** What was taken away, and where. */
export interface Taken {
  readonly account: string;
  readonly action: string;
  /** ARN of the role that lost it. */
  readonly role: string;
}

/** A scan after one permission of the spoke role was taken away. */
export function checkDenied({ run, cells }: Scanned, taken: Taken, written: Difference, claims: Claims): void {
  claims.equal('the run is partial, not succeeded', run.status, 'partial');
  const isDenied = ({ coverage }: Cell): boolean => coverage.some(({ status }) => status === 'denied');
  const denied = `aws_lambda:${taken.account}`;
  claims.equal('one cell was denied', keysOf(cells, isDenied), [denied]);
  claims.equal(
    'everything else is complete',
    keysOf(cells, ({ status }) => status !== 'succeeded'),
    [denied],
  );
  claims.equal(
    'the run lists one error',
    run.errors.map(({ code, account_id }) => `${code} ${account_id}`),
    [`access_denied ${taken.account}`],
  );
  const { remedy = '' } = run.errors[0] ?? {};
  claims.hold(
    'the remedy says which permission to give back, and where',
    remedy.includes(taken.action) && remedy.includes(taken.account),
    remedy,
  );
  claims.equal('by its own count it removed nothing', run.totals?.removed, 0);
  claims.equal('no document went away; the one that changed is the role that lost a permission', written, {
    ...NO_DIFFERENCE,
    changed: [taken.role],
  });
}

const keysOf = (cells: readonly Cell[], wanted: (cell: Cell) => boolean): readonly string[] =>
  cells.filter(wanted).map(({ key }) => key);
