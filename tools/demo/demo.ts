import { parseArgs } from 'node:util';
import { runCommand } from '../../bin/terminal/run-command.ts';
import { type Screen, screenOn } from '../../bin/terminal/screen.ts';
import { UsageError } from '../../bin/usage-error.ts';
import { claims } from './claims.ts';
import { showHowToTalk } from './how-to-talk.ts';
import { type Stage, setStage } from './stage.ts';
import { tell } from './story.ts';

const USAGE = `npm run demo -- [--json] [--keep]

Deploys the hub onto an emulated AWS organization, scans the MediaPro estate, takes reports
of the systems beside AWS, and shows what all of it comes to.
Exits with 1 if anything that it claims is not so.

  --json   the outcome as one JSON document on stdout; the story goes to stderr
  --keep   leave everything running afterwards, until Ctrl-C`;

/** What the demo was asked for. */
interface Options {
  readonly json: boolean;
  readonly keep: boolean;
}

await runCommand(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options) return demo(options, screenOn(options.json ? process.stderr : process.stdout));
  process.stdout.write(`${USAGE}\n`);
  return 0;
});

/** Undefined where help was asked for. */
function readOptions(args: readonly string[]): Options | undefined {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { json: flag, keep: flag, help: flag } });
    return values.help ? undefined : values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

async function demo({ json, keep }: Options, screen: Screen): Promise<number> {
  const from = performance.now();
  const claimed = claims(({ claim, holds, seen }) => {
    screen.verdict(holds, claim);
    if (!holds && seen !== undefined) screen.note(`  seen: ${JSON.stringify(seen)}`);
  });
  const ending = interruption();
  const stage = await open(screen);
  try {
    const { runs, identities, paths } = await tell(stage, screen, claimed);
    const { made } = claimed;
    const seconds = (performance.now() - from) / 1000;
    const failed = made.filter(({ holds }) => !holds).map(({ claim }) => claim);
    const ok = failed.length === 0;
    screen.line();
    screen.verdict(
      ok,
      ok
        ? `all ${made.length} claims hold (${seconds.toFixed(0)} s)`
        : `${failed.length} of ${made.length} claims do not hold: ${failed.join('; ')}`,
    );
    if (json) {
      const outcome = { ok, seconds, claims: made, runs, identities, paths };
      process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
    }
    if (keep) await keepRunning(stage, screen);
    return ok ? 0 : 1;
  } catch (error) {
    if (ending.byUser) return 130;
    throw error;
  } finally {
    await stage.services.stop();
  }
}

/** Ctrl-C takes the services away under the story, and then ends this process: what fails in between is no news. */
function interruption(): { readonly byUser: boolean } {
  const seen = { byUser: false };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      seen.byUser = true;
    });
  }
  return seen;
}

async function open(screen: Screen): Promise<Stage> {
  screen.chapter('Services, an organization, the hub in it, and the MediaPro estate');
  return setStage({
    services: (line) => screen.line(`   ${line}`),
    organization: ({ id, placement: { accounts } }) => {
      screen.line(
        `   organization ${id}: mp-security ${accounts.security}, mp-workloads ${accounts.workloads}, mp-data ${accounts.data}`,
      );
      screen.line('   deploying the hub and the estate ...');
    },
    estate: (changes, seconds) =>
      screen.line(`   the estate is up: ${changes.length} stacks (${seconds.toFixed(1)} s)`),
    hub: ({ api_url, seconds }) => screen.line(`   the hub is deployed at ${api_url} (${seconds.toFixed(1)} s)`),
  });
}

/** Holds the services until a signal ends this process. */
async function keepRunning(stage: Stage, screen: Screen): Promise<void> {
  await showHowToTalk(stage, screen);
  await new Promise(() => setInterval(() => {}, 1 << 30));
}
