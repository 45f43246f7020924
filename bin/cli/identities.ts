import type { Command } from 'commander';
import type { ShownIdentity } from '../results-client.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { entityId } from './entities.ts';
import { showFields } from './fields.ts';
import { type Columns, noteOfMore, showList } from './list.ts';
import { shortId, wholeId } from './whole-id.ts';

interface ListOptions {
  readonly type?: string;
  readonly sourceSystem?: string;
  readonly rule?: string;
  readonly entity?: string;
  readonly limit: number;
}

/** `throughline identities`: what is one across systems. */
export function addIdentities(program: Command, cli: Cli): void {
  const identities = program.command('identities').description('what is one across systems, with all its records');

  identities
    .command('list')
    .description('those that fit every filter')
    .option('--type <type>', 'of which the surviving record is of this type')
    .option('--source-system <id>', 'that have a record there: aws:111111111111, entra:<tenant>')
    .option('--rule <id>', 'that this rule joined')
    .option('--entity <entity>', 'of which this entity is a record: its id or ARN')
    .option('--limit <number>', 'how many', positive, 100)
    .action(async ({ type, sourceSystem, rule, entity, limit }: ListOptions) => {
      const api = cli.api();
      const filter = {
        ...(type !== undefined && { entity_type: type }),
        ...(sourceSystem !== undefined && { source_system_id: sourceSystem }),
        ...(rule !== undefined && { rule }),
        ...(entity !== undefined && { entity: await entityId(api, entity) }),
      };
      cli.tell(await api.listIdentities(filter, limit), (all, screen) => {
        showList(all, COLUMNS, 'no such identities. Rules join them in a stitch: see correlations rules', screen);
        noteOfMore(all, limit, screen);
      });
    });

  identities
    .command('show')
    .description('one of them: its records, the rules that joined them, and where the records disagree')
    .argument('<id>', 'its id, a former one, or the beginning that the list shows')
    .action(async (id: string) => {
      const api = cli.api();
      const what = { one: 'identity', several: 'identities', see: 'identities list' };
      cli.tell(await api.getIdentity(await wholeId(id, what, () => api.listIdentities())), showIdentity);
    });
}

function showIdentity(identity: ShownIdentity, screen: Screen): void {
  showFields(
    [
      ['identity', identity._id],
      ['name', identity.display_name],
      ['type', identity.entity_type],
      ['joined by', identity.rules.join(', ')],
      ['stitched', `${identity.stitched_at} by ${identity.stitch_run_id}`],
    ],
    screen,
  );
  screen.line();
  screen.table(
    ['record', 'type', 'name', 'of', 'seen'],
    identity.source_records.map(({ source_record_id, entity_type, display_name, source_system_id, observed }) => [
      source_record_id,
      entity_type,
      display_name,
      source_system_id,
      observed ? 'yes' : 'no',
    ]),
  );
  for (const [name, value] of Object.entries(identity.properties)) {
    screen.line(`   ${plainText(`${name}: ${JSON.stringify(value)}`)}`);
  }
  for (const { property, values } of identity.disagreements) {
    screen.line();
    screen.line(`   ${screen.paint('yellow', plainText(property))} is not the same everywhere:`);
    for (const { value, entity } of values) {
      screen.line(`      ${plainText(`${JSON.stringify(value)} says ${entity.source_record_id}`)}`);
    }
  }
  screen.note(`why they are one: correlations list --entity ${identity.survivor.id}`);
  screen.note('that they are not: correlations forbid <left> <right> --reason <why>');
}

const COLUMNS: Columns<ShownIdentity> = [
  ['identity', ({ _id }) => shortId(_id)],
  ['type', ({ entity_type }) => entity_type],
  ['name', ({ display_name }) => display_name],
  ['records', ({ source_records }) => String(source_records.length)],
  ['of', ({ source_records }) => [...new Set(source_records.map((one) => one.source_system_id))].join(', ')],
  ['joined by', ({ rules }) => rules.join(', ')],
];
