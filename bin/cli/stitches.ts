import { type Command, Option } from 'commander';
import type { ShownStitchAudit } from '../../lambdas/api/answers/stitch-audit.ts';
import { STITCHED_CHANGES } from '../../lambdas/api/answers/stitch-audit.ts';
import type { ShownStitchRun } from '../../lambdas/api/answers/stitch-runs.ts';
import { STITCHED_KINDS, type StitchedChange, type StitchedKind } from '../../src/stitch/audit-entry.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { inShort } from './in-short.ts';
import { type Columns, noteOfMore, showList } from './list.ts';
import { millisecondsOf, showStitch } from './shown-stitch.ts';
import { addStitchNow } from './stitch-now.ts';
import { shortId, stitchId } from './whole-id.ts';

interface AuditOptions {
  readonly stitch?: string;
  readonly kind?: StitchedKind;
  readonly id?: string;
  readonly change?: StitchedChange;
  readonly limit: number;
}

/** `throughline stitches`: when correlations, identities and paths were computed, and what that changed. */
export function addStitches(program: Command, cli: Cli): void {
  const stitches = program
    .command('stitches')
    .description('when correlations, identities and paths were computed, and what that changed');

  stitches
    .command('list')
    .description('the newest first')
    .option('--limit <number>', 'how many', positive, 20)
    .action(async ({ limit }: { limit: number }) => {
      cli.tell(await cli.api().listStitchRuns(limit), showStitches);
    });

  stitches
    .command('show')
    .description('one of them: what it read, what it changed, and what it could not use')
    .argument('<id>', 'its id, or the beginning of it that the list shows')
    .action(async (id: string) => {
      const api = cli.api();
      cli.tell(await api.getStitchRun(await stitchId(api, id)), showStitch);
    });

  addStitchNow(stitches, cli);

  stitches
    .command('audit')
    .description('each correlation, identity and path that appeared, changed or went, and why; the newest stitch first')
    .option('--stitch <id>', 'by this stitch')
    .addOption(new Option('--kind <kind>', 'only those').choices(STITCHED_KINDS))
    .option('--id <id>', 'of the correlation, identity or path with this id')
    .addOption(new Option('--change <change>', 'only those').choices(STITCHED_CHANGES))
    .option('--limit <number>', 'how many', positive, 50)
    .action(async ({ stitch, kind, id, change, limit }: AuditOptions) => {
      const api = cli.api();
      const filter = {
        ...(stitch !== undefined && { stitch_run_id: await stitchId(api, stitch) }),
        ...(kind !== undefined && { kind }),
        ...(id !== undefined && { id }),
        ...(change !== undefined && { change }),
      };
      cli.tell(await api.listStitchAudit(filter, limit), (entries, screen) => {
        showList(entries, AUDIT_COLUMNS, 'no such changes. A stitch that changes nothing tells nothing', screen);
        noteOfMore(entries, limit, screen);
      });
    });
}

function showStitches(stitches: readonly ShownStitchRun[], screen: Screen): void {
  showList(stitches, COLUMNS, 'no stitches yet. One follows each run that brought something', screen);
  for (const problem of stitches[0]?.problems ?? []) screen.note(plainText(problem));
}

const COLUMNS: Columns<ShownStitchRun> = [
  ['stitch', ({ _id }) => shortId(_id)],
  ['started', ({ started_at }) => started_at],
  ['generation', ({ generation }) => String(generation)],
  ['outcome', ({ outcome }) => outcome],
  ['entities', ({ counts }) => String(counts.entities)],
  ['edges', ({ counts }) => String(counts.edges)],
  ['paths added', ({ counts }) => String(counts.paths.added)],
  ['changed', ({ counts }) => String(counts.paths.changed)],
  ['removed', ({ counts }) => String(counts.paths.removed)],
  ['same', ({ counts }) => String(counts.paths.unchanged)],
  ['ms', (run) => String(millisecondsOf(run))],
];

const AUDIT_COLUMNS: Columns<ShownStitchAudit> = [
  ['at', ({ at }) => at],
  ['what', ({ kind }) => kind],
  ['id', ({ id }) => shortId(id)],
  ['change', ({ change }) => change],
  ['in short', ({ before, after }) => inShort(after ?? before)],
  ['why', ({ causes }) => causes.map(({ message }) => message).join('; ')],
];
