import { type Command, Option } from 'commander';
import type { ShownEdge, ShownEntity, ShownListedEntity } from '../../lambdas/api/answers/entities.ts';
import { EDGE_TYPES } from '../../src/observations/entity-types.ts';
import type { ApiClient } from '../api-client.ts';
import type { EntityFilter } from '../results-client.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { showFields } from './fields.ts';
import { type Columns, noteOfMore, showList } from './list.ts';
import { isWholeId, shortId } from './whole-id.ts';

interface ListOptions {
  readonly type?: string;
  readonly sourceSystem?: string;
  readonly record?: string;
  readonly account?: string;
  readonly name?: string;
  readonly instance?: string;
  readonly retired?: boolean;
  readonly limit: number;
}

interface EdgeOptions {
  readonly direction?: 'out' | 'in';
  readonly type?: string;
  readonly limit: number;
}

/** `throughline entities`: what is believed to exist. */
export function addEntities(program: Command, cli: Cli): void {
  const entities = program
    .command('entities')
    .description('what is believed to exist: workloads, roles, resources, ...');
  addReading(entities, cli);

  entities
    .command('edges')
    .description('the relations of one of them that sources state')
    .argument('<entity>', 'its id, or what its source calls it (the ARN)')
    .addOption(new Option('--direction <direction>', 'only those that begin or end at it').choices(['out', 'in']))
    .addOption(new Option('--type <type>', 'only those').choices(EDGE_TYPES))
    .option('--limit <number>', 'how many', positive, 100)
    .action(async (entity: string, { direction, type, limit }: EdgeOptions) => {
      const api = cli.api();
      const filter = { ...(direction && { direction }), ...(type !== undefined && { edge_type: type }) };
      cli.tell(await api.listEdges(await entityId(api, entity), filter, limit), (edges, screen) => {
        showList(edges, EDGE_COLUMNS, 'no such relations. What policies allow is no edge: ask paths query', screen);
        noteOfMore(edges, limit, screen);
      });
    });
}

function addReading(entities: Command, cli: Cli): void {
  entities
    .command('list')
    .description('those that fit every filter')
    .option('--type <type>', 'such as aws_iam_role')
    .option('--source-system <id>', 'such as aws:111111111111 or entra:<tenant>')
    .option('--record <id>', 'what its source calls it: the ARN')
    .option('--account <id>', 'of this AWS account')
    .option('--name <beginning>', 'whose name begins so; upper and lower case differ')
    .option('--instance <id>', 'that this connector instance claims')
    .option('--retired', 'only what is not there any more')
    .option('--limit <number>', 'how many', positive, 100)
    .action(async (options: ListOptions) => {
      cli.tell(await cli.api().listEntities(filterOf(options), options.limit), (all, screen) => {
        showList(all, ENTITY_COLUMNS, 'no such entities. They come with a run: runs start <scope_id>', screen);
        noteOfMore(all, options.limit, screen);
      });
    });

  entities
    .command('show')
    .description('one of them: what is believed of it, who says so, and since when')
    .argument('<entity>', 'its id, or what its source calls it (the ARN)')
    .action(async (entity: string) => {
      const api = cli.api();
      cli.tell(await api.getEntity(await entityId(api, entity)), showEntity);
    });
}

const filterOf = ({ type, sourceSystem, record, account, name, instance, retired }: ListOptions): EntityFilter => ({
  ...(type !== undefined && { entity_type: type }),
  ...(sourceSystem !== undefined && { source_system_id: sourceSystem }),
  ...(record !== undefined && { source_record_id: record }),
  ...(account !== undefined && { account }),
  ...(name !== undefined && { display_name_prefix: name }),
  ...(instance !== undefined && { instance_id: instance }),
  ...(retired && { retired }),
});

/** Records of one name that are told apart. */
const MOST_NAMESAKES = 10;

/**
 * The id of an entity that is named by it, or by what its source calls it.
 * @throws UsageError where there is none, or several sources call something so.
 */
export async function entityId(api: ApiClient, name: string): Promise<string> {
  if (isWholeId(name)) return name;
  const found = await api.listEntities({ source_record_id: name }, MOST_NAMESAKES);
  const [one] = found;
  if (one && found.length === 1) return one._id;
  if (!one) {
    throw new UsageError(
      `there is no entity "${name}": give its whole id or its ARN. See: entities list --name <beginning>`,
    );
  }
  const ids = found.map(({ _id, source_system_id }) => `${_id} of ${source_system_id}`).join('; ');
  throw new UsageError(`several source systems have a record "${name}"; give the id: ${ids}`);
}

function showEntity(entity: ShownEntity, screen: Screen): void {
  showFields(
    [
      ['entity', entity._id],
      ['name', entity.display_name],
      ['type', entity.entity_type],
      ['record', entity.source_record_id],
      ['source', entity.source_system_id],
      ['seen', entity.observed ? 'yes' : 'no: others name it, and nothing more is known'],
      ['identity', entity.canonical_identity_id],
      ['retired', entity.retired_at],
      ['keys', entity.correlationKeys.map(({ kind, value }) => `${kind} ${value}`).join(', ') || undefined],
      ['claimed by', entity.connector_owners.join(', ') || undefined],
    ],
    screen,
  );
  for (const [name, value] of Object.entries(entity.properties)) {
    screen.line(`   ${plainText(`${name}: ${JSON.stringify(value)}`)}`);
    const origin = entity.property_provenance[name];
    if (origin) screen.note(plainText(`   seen by ${origin.api} in run ${origin.run_id}`));
  }
  for (const { name, value, observed_at } of entity.activity) {
    screen.line(`   ${plainText(`${name}: ${JSON.stringify(value)}, as of ${observed_at}`)}`);
  }
  screen.note(`its relations: entities edges ${entity._id}; what it reaches: paths query --from ${entity._id}`);
}

const ENTITY_COLUMNS: Columns<ShownListedEntity> = [
  ['entity', ({ _id }) => shortId(_id)],
  ['type', ({ entity_type }) => entity_type],
  ['name', ({ display_name }) => display_name],
  ['identity', ({ canonical_identity_id }) => (canonical_identity_id ? shortId(canonical_identity_id) : '')],
  ['record', ({ source_record_id }) => source_record_id],
];

const EDGE_COLUMNS: Columns<ShownEdge> = [
  ['from', ({ from }) => from.display_name],
  ['relation', ({ edge_type }) => edge_type],
  ['to', ({ to }) => to.display_name],
  ['stated in', ({ source_record_id, source_field_path }) => `${source_record_id} ${source_field_path}`],
];
