import { type Command, Option } from 'commander';
import { Explained } from '../explained.ts';
import { type Pushed, PushStopped, push } from '../push/push.ts';
import { openPushFile, PUSH_FORMATS, type PushFormat } from '../push/push-file.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import type { Cli } from './cli.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { showFields } from './fields.ts';
import { watched } from './watched.ts';

interface PushOptions {
  readonly scope?: string;
  readonly run?: string;
  readonly format?: PushFormat;
  readonly full?: boolean;
  readonly entityType?: string[];
  readonly sourceSystem?: string[];
  readonly wait?: boolean;
}

/** `throughline runs push`: nodes and edges of a source system that no connector looks at. */
export function addPush(runs: Command, cli: Cli): void {
  runs
    .command('push')
    .description('send a file of nodes and edges into a run, as batches that may be sent again')
    .argument('<file>', 'NDJSON (one node or edge on a line) or JSON (lists "nodes" and "edges")')
    .option('--scope <id>', 'a scope of a push instance: a run of it is started')
    .addOption(new Option('--run <id>', 'a run that was begun: go on with it').conflicts('scope'))
    .addOption(new Option('--format <format>', 'by the name of the file, if none is named').choices(PUSH_FORMATS))
    .option('--full', 'of the types and systems named here, what is not in the file is gone')
    .option('--entity-type <names...>', 'the types that the file has all of')
    .option('--source-system <ids...>', 'the systems that it has all of them of')
    .option('--wait', 'watch the run to its end')
    .action(async (name: string, options: PushOptions) => {
      const statement = statementOf(options);
      const file = await openPushFile(name, options.format);
      if (file.items === 0 && !options.full) throw new UsageError(`${name} holds no nodes and no edges`);
      const api = cli.api();
      const run_id = options.run ?? (await api.startRun(scopeOf(options)))._id;
      const again = `runs push ${name} --run ${run_id}${repeated(options)}`;
      const pushed = await following(cli.aside, file.items, run_id, again, (seen) =>
        push(api, run_id, file, statement ?? file.scan_scope, seen),
      );
      cli.exit_code = pushed.refused_count > 0 ? EXIT.partial : EXIT.fine;
      if (options.wait) {
        const run = await watched(api, await api.getRun(run_id), cli.aside);
        cli.exit_code = exitCodeOf(run.status);
      }
      cli.tell(pushed, showPushed);
    });
}

/** What the options say was looked at; undefined where they say nothing. */
function statementOf({ full, entityType, sourceSystem }: PushOptions): object | undefined {
  if (full && !(entityType && sourceSystem)) {
    throw new UsageError('--full says that something is gone: name of what with --entity-type and --source-system');
  }
  if (!full && (entityType || sourceSystem)) throw new UsageError('--entity-type and --source-system go with --full');
  return full ? { mode: 'full', sourceSystems: sourceSystem, scannedEntityTypes: entityType } : undefined;
}

function scopeOf({ scope }: PushOptions): string {
  if (scope !== undefined) return scope;
  throw new UsageError('into which run? Name a scope with --scope, or a run that was begun with --run');
}

/** The options that must be said again when a push goes on. */
const repeated = ({ format, full, entityType = [], sourceSystem = [] }: PushOptions): string =>
  [
    ...(format ? ['', '--format', format] : []),
    ...(full ? ['', '--full --entity-type', ...entityType, '--source-system', ...sourceSystem] : []),
  ].join(' ');

/** Shows how far a push is. Where it ends before its end, it is said how to go on. */
async function following(
  screen: Screen,
  items: number,
  run_id: string,
  again: string,
  work: (seen: (done: number, refused: number) => void) => Promise<Pushed>,
): Promise<Pushed> {
  const progress = screen.progress('pushing', 'items');
  const leave = (_signal: NodeJS.Signals, number: number): void => {
    progress.stop();
    screen.note(`what was sent is kept; go on with: ${again}`);
    process.exit(128 + number);
  };
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  try {
    progress.update(0, items, '');
    return await work((done, refused) => progress.update(done, items, refused > 0 ? `${refused} refused` : ''));
  } catch (error) {
    throw error instanceof Explained ? new PushStopped(run_id, again, error) : error;
  } finally {
    progress.stop();
    process.removeListener('SIGINT', leave);
    process.removeListener('SIGTERM', leave);
  }
}

/** Refused items that are shown; all of them are in `--json`. */
const SHOWN = 20;

function showPushed({ run_id, batches, accepted, refused_count, refused }: Pushed, screen: Screen): void {
  showFields(
    [
      ['run', run_id],
      ['batches', String(batches)],
      ['taken', `${accepted.nodes} nodes, ${accepted.edges} edges`],
      ['refused', String(refused_count)],
    ],
    screen,
  );
  for (const { place, code, reason } of refused.slice(0, SHOWN)) {
    screen.line(`   ${screen.paint('yellow', code)} ${place}: ${plainText(reason)}`);
  }
  if (refused_count > SHOWN) screen.note(`and ${refused_count - SHOWN} more: see --json`);
  if (refused_count > 0) screen.note('of their types nothing is removed. Mend them and push the file into a new run');
}
