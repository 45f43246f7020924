import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ShownStitchRun } from '../../lambdas/api/answers/stitch-runs.ts';
import type { Preview, PreviewedKind } from '../../src/stitch/preview.ts';
import type { ApiClient } from '../api-client.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { positive } from './arguments.ts';
import type { Cli } from './cli.ts';
import { entityId } from './entities.ts';
import { inShort } from './in-short.ts';
import { showStitch } from './shown-stitch.ts';

/** Milliseconds between two looks at whether a stitch is done. */
const LOOK_AGAIN = 500;

interface PreviewOptions {
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
  readonly forbid?: readonly string[];
  readonly allow?: readonly string[];
}

/** The verbs of `throughline stitches` that have one made, or tried. */
export function addStitchNow(stitches: Command, cli: Cli): void {
  stitches
    .command('run')
    .description('compute correlations, identities and paths now')
    .option('--wait', 'until it is done')
    .option('--within <seconds>', 'how long to wait', positive, 300)
    .action(async ({ wait, within }: { wait?: boolean; within: number }) => {
      const api = cli.api();
      const { generation, tenant_id } = await api.requestStitch();
      if (!wait) {
        cli.tell({ tenant_id, generation }, (_, screen) =>
          screen.line(`   a stitch of generation ${generation} was asked for. See: stitches list`),
        );
        return;
      }
      cli.tell(await stitchedUpTo(api, generation, within), showStitch);
    });

  stitches
    .command('preview')
    .description('what would change if this were decided as well; nothing is written')
    .option('--enable <rule...>', 'rules switched on')
    .option('--disable <rule...>', 'rules switched off')
    .option('--forbid <entities...>', 'two entities, or further twos, said to be apart: ids or ARNs')
    .option('--allow <entities...>', 'two entities, or further twos, joined: ids or ARNs')
    .action(async (options: PreviewOptions) => {
      const api = cli.api();
      const { enable = [], disable = [], forbid = [], allow = [] } = options;
      const preview = await api.previewStitch({
        rules: [
          ...enable.map((rule_id) => ({ rule_id, enabled: true })),
          ...disable.map((rule_id) => ({ rule_id, enabled: false })),
        ],
        pairs: [...(await pairsOf(api, 'forbid', forbid)), ...(await pairsOf(api, 'allow', allow))],
      });
      cli.tell(preview, showPreview);
    });
}

/** @throws Error where no stitch of this generation or a later one is done in so many seconds. */
async function stitchedUpTo(api: ApiClient, generation: number, within: number): Promise<ShownStitchRun> {
  const deadline = Date.now() + within * 1_000;
  for (;;) {
    const done = (await api.listStitchRuns(20)).find(
      (run) => run.outcome === 'stitched' && run.generation >= generation,
    );
    if (done) return done;
    if (Date.now() > deadline) {
      throw new Error(`no stitch of generation ${generation} was done within ${within} s. See: stitches list`);
    }
    await sleep(LOOK_AGAIN);
  }
}

async function pairsOf(api: ApiClient, decision: 'forbid' | 'allow', names: readonly string[]) {
  if (names.length % 2 > 0) throw new UsageError(`--${decision}: name two entities, or further twos`);
  const ids: string[] = [];
  for (const name of names) ids.push(await entityId(api, name));
  return ids.flatMap((left, index) => {
    const right = ids[index + 1];
    return index % 2 > 0 || right === undefined ? [] : [{ left, right, decision }];
  });
}

function showPreview(preview: Preview, screen: Screen): void {
  for (const [name, kind] of [
    ['correlations', preview.correlations],
    ['identities', preview.identities],
    ['paths', preview.paths],
  ] as const) {
    const { appear, change, go } = kind;
    screen.line(`   ${name.padEnd(12)}  ${appear.count} would appear, ${change.count} change, ${go.count} go`);
    showKind(kind, screen);
  }
  const { before, after } = preview.ambiguities;
  if (before !== after) screen.line(`   ambiguous lefts: ${before} now, ${after} then`);
  for (const { rule_id, message } of preview.failed_rules) {
    screen.line(
      `   ${screen.paint('red', 'failed')} ${plainText(`${rule_id}: ${message}: nothing can be foretold of it`)}`,
    );
  }
  screen.note('nothing was written. To decide it: correlations enable, disable, forbid or allow');
}

function showKind({ appear, change, go }: PreviewedKind, screen: Screen): void {
  for (const [sign, { items, count }] of [
    ['+', appear],
    ['~', change],
    ['-', go],
  ] as const) {
    for (const { id, brief } of items) {
      screen.line(`      ${sign} ${plainText(inShort(brief) || id)}`);
    }
    if (count > items.length) screen.note(`     and ${count - items.length} more`);
  }
}
