import type { Scanned } from '../../bin/terminal/watch-run.ts';
import type { Expectations } from '../../labs/mediapro/expectations.ts';
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

/** Every other path, and those that must not be there. */
export function checkDecoys(paths: readonly Path[], expected: Expectations, claims: Claims): void {
  const ends = (workload: string, resource: string): string => `${workload} -> ${resource}`;
  const found = paths.map(({ workload, resource }) => ends(workload.source_record_id, resource.source_record_id));
  claims.equal(
    'no other workload reaches personal data, except the one in mp-data that should',
    [...new Set(found)].sort(),
    expected.paths.map(({ workload, resource }) => ends(workload, resource)).sort(),
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

/** A scan of an estate in which nothing has changed. */
export function checkUnchanged({ run }: Scanned, written: Difference, size: string, claims: Claims): void {
  claims.equal('the run succeeded', run.status, 'succeeded');
  const { added, changed, removed, unchanged } = run.totals ?? { added: -1, changed: -1, removed: -1, unchanged: 0 };
  claims.equal('by its own count it wrote nothing', { added, changed, removed }, { added: 0, changed: 0, removed: 0 });
  claims.hold('it found everything as it should be', unchanged > 0, run.totals);
  claims.equal(`every document is what it was, read from MongoDB: ${size}`, written, NO_DIFFERENCE);
}

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
