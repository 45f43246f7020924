import { runCommand } from '../../bin/terminal/run-command.ts';
import { screenOn } from '../../bin/terminal/screen.ts';
import { UsageError } from '../../bin/usage-error.ts';
import { ACCOUNT_NAMES } from '../../labs/mediapro/names.ts';
import { showHowToTalk } from '../demo/how-to-talk.ts';
import { setStage } from '../demo/stage.ts';

const USAGE = `npm run local

Keeps a hub up on this machine: MongoDB, an emulated AWS organization with the MediaPro estate in it, a token issuer, and
the hub deployed there with the CDK. Prints how to talk to it. Ctrl-C ends all of it, and nothing is left.`;

await runCommand(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (args.length > 0) throw new UsageError(`${args.join(' ')}: nothing is taken here\n\n${USAGE}`);
  return local();
});

/** Ends by a signal: the services stop then, and end this process. */
async function local(): Promise<number> {
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      interrupted = true;
    });
  }
  const screen = screenOn(process.stdout);
  const log = (line: string): void => screen.line(`   ${line}`);
  try {
    screen.chapter('Services, an organization, the hub in it, and the MediaPro estate');
    const stage = await setStage({
      services: log,
      organization: ({ id, placement: { accounts } }) =>
        log(`organization ${id}: ${Object.values(ACCOUNT_NAMES).join(', ')} are ${Object.values(accounts).join(', ')}`),
      estate: (changes, seconds) => log(`the estate is up: ${changes.length} stacks (${seconds.toFixed(1)} s)`),
      hub: ({ api_url, seconds }) => log(`the hub is deployed at ${api_url} (${seconds.toFixed(1)} s)`),
    });
    await showHowToTalk(stage, screen);
    await new Promise(() => setInterval(() => {}, 1 << 30));
  } catch (error) {
    // The services went away under it: that is no news to whoever pressed Ctrl-C.
    if (!interrupted) throw error;
  }
  return 130;
}
