import { parseArgs } from 'node:util';
import { type Screen, screenOn } from '../../bin/terminal/screen.ts';
import { claims } from './claims.ts';
import { showHowToTalk } from './how-to-talk.ts';
import { type Stage, setStage } from './stage.ts';
import { tell } from './story.ts';

const USAGE = `npm run demo -- [--json] [--keep]

Deploys the hub onto an emulated AWS organization, scans the MediaPro estate three times and shows what it found.
Exits with 1 if anything that it claims is not so.

  --json   the outcome as one JSON document on stdout; the story goes to stderr
  --keep   leave everything running afterwards, until Ctrl-C`;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(`${USAGE}\n`);
} else {
  process.exitCode = await demo(screenOn(options.json ? process.stderr : process.stdout));
}

async function demo(screen: Screen): Promise<number> {
  const from = performance.now();
  const made = claims(({ claim, holds, seen }) => {
    screen.verdict(holds, claim);
    if (!holds && seen !== undefined) screen.note(`  seen: ${JSON.stringify(seen)}`);
  });
  const stage = await open(screen);
  try {
    const { scans, paths } = await tell(stage, screen, made);
    const failed = made.made.filter(({ holds }) => !holds);
    const seconds = (performance.now() - from) / 1000;
    screen.line();
    screen.verdict(
      failed.length === 0,
      failed.length === 0
        ? `all ${made.made.length} claims hold (${seconds.toFixed(0)} s)`
        : `${failed.length} of ${made.made.length} claims do not hold: ${failed.map(({ claim }) => claim).join('; ')}`,
    );
    if (options.json) {
      const runs = scans.map(({ run }) => run);
      process.stdout.write(
        `${JSON.stringify({ ok: failed.length === 0, seconds, claims: made.made, runs, paths }, undefined, 2)}\n`,
      );
    }
    if (options.keep) await keep(stage, screen);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await stage.services.stop();
  }
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
async function keep(stage: Stage, screen: Screen): Promise<void> {
  await showHowToTalk(stage, screen);
  await new Promise(() => setInterval(() => {}, 1 << 30));
}
