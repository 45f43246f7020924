import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { ConnectorSync, ReportAnswer } from '../../src/runs/push-report.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { showFields } from './fields.ts';
import { type Columns, showList } from './list.ts';

/** `throughline reports`: all that a source system has, in one document. */
export function addReports(program: Command, cli: Cli): void {
  const reports = program.command('reports').description('all that a source system has, in one document');

  reports
    .command('send')
    .description('send one as it is; the hub finds the instance that speaks for its source system')
    .argument('<file>', 'the report, JSON of at most 4 MB')
    .action(async (file: string) => {
      const answer = await cli.api().sendReport(contentOf(file));
      if (answer.batch.rejected_count > 0) cli.exit_code = EXIT.partial;
      cli.tell(answer, showAnswer);
    });

  reports
    .command('list')
    .description('those that were received, the newest first')
    .option('--limit <number>', 'how many', positive, 20)
    .action(async ({ limit }: { readonly limit: number }) => {
      cli.tell(await cli.api().listSyncs(limit), (all, screen) =>
        showList(all, COLUMNS, 'no reports yet. Send one with: reports send <file>', screen),
      );
    });
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function showAnswer({ sync, batch }: ReportAnswer, screen: Screen): void {
  showFields(
    [
      ['run', `${sync.scan_run_id}${batch.repeated ? ' (this report was there already)' : ''}`],
      ['instance', sync.connector_instance_id],
      ['source system', sync.source_system_id],
      ['taken', `${batch.accepted.nodes} nodes, ${batch.accepted.edges} edges`],
      ['refused', String(batch.rejected_count)],
    ],
    screen,
  );
  for (const { kind, index, code, reason } of batch.rejected) {
    screen.line(`   ${screen.paint('yellow', code)} ${kind}s[${index}]: ${plainText(reason)}`);
  }
}

const COLUMNS: Columns<ConnectorSync> = [
  ['received', ({ received_at }) => received_at],
  ['source system', ({ source_system_id }) => source_system_id],
  ['status', ({ status }) => status],
  ['run', ({ scan_run_id }) => scan_run_id],
  ['added', ({ counts }) => String(counts.added)],
  ['changed', ({ counts }) => String(counts.changed)],
  ['removed', ({ counts }) => String(counts.removed)],
  ['errors', ({ errors }) => String(errors.length)],
];
