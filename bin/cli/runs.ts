import { type Command, Option } from 'commander';
import type { ListedRun, ShownRun, WatchedRun } from '../../lambdas/api/answers/scan-runs.ts';
import { isOver, RUN_STATUSES, RUN_TRIGGERS, type RunStatus, type ScanRun } from '../../src/runs/run.ts';
import type { Screen } from '../terminal/screen.ts';
import { moment, positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { exitCodeOf } from './exit-code.ts';
import { showFields } from './fields.ts';
import { type Columns, showList } from './list.ts';
import { addPush } from './push.ts';
import { showRunErrors } from './run-errors.ts';
import { watched } from './watched.ts';

/** `throughline runs`: scans. */
export function addRuns(program: Command, cli: Cli): void {
  const runs = program.command('runs').description('scans: what a scope names is looked at');

  runs
    .command('start')
    .description('scan a scope now')
    .argument('<scope_id>', 'the scope')
    .option('--wait', 'watch it to its end; it goes on without us after Ctrl-C')
    .action(async (scope_id: string, { wait }: { wait?: boolean }) => {
      const api = cli.api();
      const started = await api.startRun(scope_id);
      if (!wait) {
        cli.tell(started, showStarted);
        return;
      }
      if (started.trigger === 'push') {
        cli.aside.note(`it waits for what is pushed: runs push <file> --run ${started._id}`);
      }
      const run = await watched(api, started, cli.aside);
      cli.exit_code = exitCodeOf(run.status);
      if (run.totals && run.totals.added + run.totals.changed + run.totals.removed > 0) {
        cli.aside.note('paths follow with the next stitch: stitches list, then paths list');
      }
      cli.tell(run, showRun);
    });

  addPush(runs, cli);

  runs
    .command('list')
    .description('the newest first, of those that fit every filter')
    .option('--instance <id>', 'of this instance')
    .option('--scope <id>', 'of this scope')
    .addOption(new Option('--status <status>', 'only those').choices(RUN_STATUSES))
    .addOption(new Option('--trigger <trigger>', 'started so').choices(RUN_TRIGGERS))
    .option('--since <time>', 'requested from then on: a day, a time, or how long ago (2h)', moment)
    .option('--until <time>', 'requested before then', moment)
    .option('--limit <number>', 'how many', positive, 20)
    .action(async ({ limit, instance, scope, status, trigger, since, until }: ListOptions) => {
      const filter = {
        ...(instance !== undefined && { instance_id: instance }),
        ...(scope !== undefined && { scope_id: scope }),
        ...(status !== undefined && { status }),
        ...(trigger !== undefined && { trigger }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
      };
      cli.tell(await cli.api().listRuns(limit, filter), (newest, screen) =>
        showList(newest, COLUMNS, 'no such runs. Start one with: runs start <scope_id>', screen),
      );
    });

  runs
    .command('show')
    .description('one of them: how far it is, what it lacks, and what to do about it')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      cli.tell(await cli.api().getRun(id), showRun);
    });

  runs
    .command('cancel')
    .description('end one before its time: what it has written stays, what it has not begun is left')
    .argument('<id>', 'its id')
    .action(async (id: string) => {
      cli.tell(await cli.api().cancelRun(id), (run, screen) =>
        screen.line(
          isOver(run.status)
            ? `   run #${run.seq} ${run._id} is ${run.status}`
            : `   run #${run.seq} ${run._id} ends soon. See: runs show ${run._id}`,
        ),
      );
    });
}

interface ListOptions {
  readonly limit: number;
  readonly instance?: string;
  readonly scope?: string;
  readonly status?: RunStatus;
  readonly trigger?: ScanRun['trigger'];
  readonly since?: string;
  readonly until?: string;
}

function showStarted(run: ShownRun, screen: Screen): void {
  const next =
    run.trigger === 'push'
      ? `Push into it with: runs push <file> --run ${run._id}`
      : `Watch it with: runs show ${run._id}`;
  screen.line(`   run #${run.seq} ${run._id} is ${run.status}. ${next}`);
}

/** Counted when a run is over; until then there is nothing to show. */
const COLUMNS: Columns<ListedRun> = [
  ['run', ({ seq }) => `#${seq}`],
  ['id', ({ _id }) => _id],
  ['status', ({ status }) => status],
  ['trigger', ({ trigger }) => trigger],
  ['requested', ({ created_at }) => created_at],
  ['cells', ({ totals }) => String(totals?.cells ?? '')],
  ['added', ({ totals }) => String(totals?.added ?? '')],
  ['changed', ({ totals }) => String(totals?.changed ?? '')],
  ['removed', ({ totals }) => String(totals?.removed ?? '')],
  ['errors', ({ totals }) => String(totals?.errors ?? '')],
];

function showRun(run: WatchedRun, screen: Screen): void {
  const { totals, progress } = run;
  showFields(
    [
      ['run', `#${run.seq} ${run._id}`],
      ['status', run.status],
      ['instance', run.instance_id],
      ['scope', run.scope_id],
      ['requested', `${run.created_at} by ${run.requested_by} (${run.trigger})`],
      ['cancelled', run.cancel && `${run.cancel.requested_at} by ${run.cancel.requested_by}`],
      ['finished', run.finished_at],
      ['cells', `${progress.done} of ${progress.total} done${progress.planned ? '' : ', still finding accounts'}`],
      ['seen', totals && String(totals.observed)],
      ['written', totals && `${totals.added} added, ${totals.changed} changed, ${totals.removed} removed`],
      ['calls', String(isOver(run.status) ? run.api_calls : progress.api_calls)],
      ['cost', run.estimated_cost_usd === undefined ? undefined : `${run.estimated_cost_usd} USD, estimated`],
      ['errors so far', isOver(run.status) ? undefined : errorsSoFar(run)],
      ['incomplete', incompleteOf(run)],
    ],
    screen,
  );
  showRunErrors(run.errors, screen);
  if (run.errors_omitted) screen.note(`and ${run.errors_omitted} further kinds of errors: see cells list ${run._id}`);
}

function errorsSoFar({ progress }: WatchedRun): string | undefined {
  const counts = Object.entries(progress.errors_by_code).map(([code, count]) => `${code} ${count}`);
  return counts.length === 0 ? undefined : counts.join(', ');
}

/** Which part is missing is always said. */
function incompleteOf({ evidence_completeness }: WatchedRun): string | undefined {
  const keys = Object.entries(evidence_completeness)
    .filter(([, evidence]) => evidence !== 'complete')
    .map(([key, evidence]) => `${key} (${evidence})`);
  return keys.length === 0 ? undefined : keys.join(', ');
}
