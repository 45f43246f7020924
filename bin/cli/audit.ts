import type { Command } from 'commander';
import type { AuditEvent } from '../../src/control/audit.ts';
import type { AuditFilter } from '../api-client.ts';
import { moment, positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { type Columns, showList } from './list.ts';

interface ListOptions extends AuditFilter {
  readonly limit: number;
}

/** `throughline audit`: who did what, and who was refused. */
export function addAudit(program: Command, cli: Cli): void {
  program
    .command('audit')
    .description('who did what, and who was refused')
    .command('list')
    .description('the newest first, of those that fit every filter')
    .option('--actor <subject>', 'what they did; "throughline" for what the system did by itself')
    .option('--action <name>', 'such as scan_run.started')
    .option('--target <id>', 'what was done to it')
    .option('--since <time>', 'from then on: a day, a time, or how long ago (2h)', moment)
    .option('--until <time>', 'before then', moment)
    .option('--limit <number>', 'how many', positive, 50)
    .action(async ({ limit, ...filter }: ListOptions) => {
      cli.tell(await cli.api().listAuditEvents(limit, filter), (events, screen) =>
        showList(events, COLUMNS, 'no such events', screen),
      );
    });
}

const COLUMNS: Columns<AuditEvent> = [
  ['at', ({ at }) => at],
  ['actor', ({ actor }) => actor],
  ['action', ({ action }) => action],
  ['target', ({ target }) => target],
  ['workspace', ({ workspace_id }) => workspace_id],
  ['details', ({ details }) => (details ? JSON.stringify(details) : '')],
];
