import { type Command, Option } from 'commander';
import type { ShownRule } from '../../lambdas/api/answers/correlation-rules.ts';
import { CORRELATION_STATUSES } from '../../lambdas/api/answers/correlations.ts';
import type { PairExplanation, RuleTried } from '../../src/correlations/explain.ts';
import type { ShownCorrelation } from '../results-client.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { addCorrelationSettings } from './correlation-settings.ts';
import { entityId } from './entities.ts';
import { type Columns, noteOfMore, showList } from './list.ts';

interface ListOptions {
  readonly rule?: string;
  readonly status?: (typeof CORRELATION_STATUSES)[number];
  readonly entity?: string;
  readonly limit: number;
}

/** `throughline correlations`: what rules join, why, and what was decided about it. */
export function addCorrelations(program: Command, cli: Cli): void {
  const correlations = program
    .command('correlations')
    .description('what rules join across systems, why, and what was decided about it');

  correlations
    .command('list')
    .description('those that fit every filter, also what was joined once')
    .option('--rule <id>', 'of this rule')
    .addOption(new Option('--status <status>', 'only those').choices(CORRELATION_STATUSES))
    .option('--entity <entity>', 'of which it is the left or right: its id or ARN')
    .option('--limit <number>', 'how many', positive, 100)
    .action(async ({ rule, status, entity, limit }: ListOptions) => {
      const api = cli.api();
      const filter = {
        ...(rule !== undefined && { rule_id: rule }),
        ...(status !== undefined && { status }),
        ...(entity !== undefined && { entity: await entityId(api, entity) }),
      };
      cli.tell(await api.listCorrelations(filter, limit), (all, screen) => {
        showList(all, COLUMNS, 'no such correlations. Why not, says: correlations explain <left> <right>', screen);
        noteOfMore(all, limit, screen);
      });
    });

  correlations
    .command('rules')
    .description('the rules, and whether they are on')
    .action(async () => {
      cli.tell(await cli.api().listCorrelationRules(), (rules, screen) => {
        showList(rules, RULE_COLUMNS, 'no rules', screen);
        screen.note('on or off: correlations enable <rule> --reason <why>, correlations disable <rule> --reason <why>');
      });
    });

  correlations
    .command('explain')
    .description('why two entities are joined, or are not: what every rule makes of them')
    .argument('<left>', 'the id or ARN of an entity')
    .argument('<right>', 'that of another')
    .action(async (left: string, right: string) => {
      const api = cli.api();
      const ids = [await entityId(api, left), await entityId(api, right)] as const;
      cli.tell(await api.explainCorrelation(...ids), showExplanation);
    });

  addCorrelationSettings(correlations, cli);
}

function showExplanation({ left, right, rules, not_tried }: PairExplanation, screen: Screen): void {
  screen.line(`   ${screen.paint('bold', plainText(`${left.display_name} and ${right.display_name}`))}`);
  for (const rule of rules) showTried(rule, screen);
  if (rules.length === 0) screen.line('   no rule is about entities of these two types');
  screen.line();
  for (const { rule_id, because } of not_tried) screen.note(`${rule_id} ${because}`);
}

function showTried(tried: RuleTried, screen: Screen): void {
  screen.line();
  screen.verdict(tried.outcome === 'joined', plainText(`${tried.rule_id}: ${tried.message}`));
  for (const side of [tried.left, tried.right]) {
    const shown = side.presented.flatMap(({ fields }) => fields.map(({ field, value }) => `${field} = ${value}`));
    screen.line(
      `      ${plainText(`${side.entity.display_name}: ${shown.join(', ') || `does not show ${side.presents}`}`)}`,
    );
  }
  for (const { left, right, message } of tried.near_misses) {
    screen.line(`      ${plainText(`almost: ${left.key} and ${right.key}: ${message}`)}`);
  }
}

const COLUMNS: Columns<ShownCorrelation> = [
  ['left', ({ left }) => left.display_name],
  ['', ({ effect }) => (effect === 'SAME_ENTITY' ? 'is' : 'reaches')],
  ['right', ({ right }) => right.display_name],
  ['rule', ({ rule_id }) => rule_id],
  ['agreeing on', ({ evidence }) => evidence.map(({ key }) => key).join(', ')],
  ['status', ({ status, retired_because }) => [status, retired_because].filter(Boolean).join(': ')],
];

const RULE_COLUMNS: Columns<ShownRule> = [
  ['rule', ({ id }) => id],
  ['is', ({ enabled }) => (enabled ? 'on' : 'off')],
  ['by default', ({ default_enabled }) => (default_enabled ? 'on' : 'off')],
  ['effect', ({ effect }) => effect],
  ['confidence', ({ confidence }) => confidence],
  ['title', ({ title }) => title],
  ['because', ({ setting }) => setting?.reason ?? ''],
];
