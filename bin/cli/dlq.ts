import { type Command, Option } from 'commander';
import { trustHere } from '../../tools/local/aws/certificates.ts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import type { Listed, Redriven } from '../dead-letters/dead-letters.ts';
import type { AwsSettings, HubQueue } from '../dead-letters/hub-queues.ts';
import { ago } from '../terminal/ago.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { type Columns, showList } from './list.ts';
import { type LocalHub, readLocalHub } from './local-hub.ts';

interface QueueOptions {
  readonly stack?: string;
  readonly queue: string;
}

/** As `QUEUES`, which would load the AWS SDK for every command. */
const CHOICES = ['plans', 'cells', 'stitches', 'all'];

/** `throughline dlq`: messages that were given up. Asks AWS itself, with the caller's own credentials. */
export function addDlq(program: Command, cli: Cli): void {
  const dlq = program
    .command('dlq')
    .description("messages that were given up, from the hub's queues: with AWS credentials of its account");

  withQueues(dlq.command('list').description('what was given up, and why')).action(async (options: QueueOptions) => {
    const listed = await eachQueue(options, async (sqs, queue) => {
      const { listDeadLetters } = await import('../dead-letters/dead-letters.ts');
      return listDeadLetters(sqs, queue);
    });
    cli.tell(
      listed.flatMap(({ letters }) => letters),
      (letters, screen) => showLetters(letters, listed, screen),
    );
  });

  withQueues(
    dlq.command('redrive').description('return them to the queue that they are from, once the cause is mended'),
  )
    .option('--message <id>', 'only this one')
    .action(async ({ message, ...options }: QueueOptions & { readonly message?: string }) => {
      const redriven = await eachQueue(options, async (sqs, queue) => {
        const { redriveDeadLetters } = await import('../dead-letters/dead-letters.ts');
        return redriveDeadLetters(sqs, queue, message);
      });
      if (message !== undefined && redriven.every(({ returned, failed }) => returned.length + failed.length === 0)) {
        throw new UsageError(`no dead letter ${message} could be received. See: dlq list`);
      }
      cli.exit_code = exitCodeOf(redriven);
      cli.tell(redriven, showRedriven);
    });
}

const withQueues = (command: Command): Command =>
  command
    .option('--stack <name>', "the hub's stack; the hub of `npm run local`, if none is named")
    .addOption(new Option('--queue <name>', 'of which queue').choices(CHOICES).default('all'));

/** Does something with each queue that is meant. The AWS SDK is loaded here, so that no other command waits for it. */
async function eachQueue<T>(
  options: QueueOptions,
  act: (sqs: import('@aws-sdk/client-sqs').SQSClient, queue: HubQueue) => Promise<T>,
): Promise<readonly T[]> {
  const { stack, aws } = stackOf(options, readLocalHub());
  const [{ SQSClient }, { hubQueues }] = await Promise.all([
    import('@aws-sdk/client-sqs'),
    import('../dead-letters/hub-queues.ts'),
  ]);
  const queues = await hubQueues(aws, stack);
  const sqs = new SQSClient(aws);
  try {
    const results: T[] = [];
    for (const queue of queues) {
      if (options.queue === 'all' || options.queue === queue.name) results.push(await act(sqs, queue));
    }
    return results;
  } finally {
    sqs.destroy();
  }
}

/** The stack that is meant, and how AWS is reached there. @throws UsageError where nothing says which. */
function stackOf({ stack }: QueueOptions, local: LocalHub | undefined): { stack: string; aws: AwsSettings } {
  if (stack !== undefined) return { stack, aws: {} };
  if (!local?.aws) {
    throw new UsageError("which hub? Name its stack with --stack, and have AWS credentials of the hub's account");
  }
  trustHere(local.ca_file);
  const { endpoint, region, account } = local.aws;
  // There the root of an account is its id with any secret.
  const credentials = { accessKeyId: account, secretAccessKey: 'any' };
  return { stack: local.aws.stack, aws: { endpoint, region, credentials } };
}

function exitCodeOf(redriven: readonly Redriven[]): number {
  const count = (of: (one: Redriven) => number): number => redriven.reduce((sum, one) => sum + of(one), 0);
  if (count(({ failed }) => failed.length) === 0) return EXIT.fine;
  return count(({ returned }) => returned.length) > 0 ? EXIT.partial : EXIT.failed;
}

function showLetters(letters: readonly DeadLetter[], listed: readonly Listed[], screen: Screen): void {
  showList(letters, COLUMNS, 'no dead letters', screen);
  const about = listed.reduce((sum, one) => sum + one.about, 0);
  if (about > letters.length) screen.note(`there are about ${about}: of one message group, ten can be seen at once`);
}

const COLUMNS: Columns<DeadLetter> = [
  ['queue', ({ queue }) => queue],
  ['message', ({ message_id }) => message_id],
  ['names', namesOf],
  ['received', ({ received }) => String(received)],
  ['age', ({ since }) => (since === undefined ? '' : ago(since, new Date()))],
  ['reason', ({ reason }) => reason ?? 'received too often without success'],
];

function namesOf({ names: { tenant_id, run_id, cell_id, generation } }: DeadLetter): string {
  // A cell's id begins with its run's.
  if (cell_id !== undefined) return `cell ${cell_id}`;
  if (run_id !== undefined) return `run ${run_id}`;
  if (generation !== undefined) return `generation ${generation} of ${tenant_id}`;
  return 'nothing of ours';
}

function showRedriven(redriven: readonly Redriven[], screen: Screen): void {
  for (const { queue, returned, came_back, failed } of redriven) {
    screen.line(`   ${queue}: ${returned.length} returned`);
    if (came_back.length > 0) screen.note(`${came_back.length} of them came back at once: see dlq list for the reason`);
    for (const { detail } of failed) screen.line(`   ${detail}`);
  }
}
