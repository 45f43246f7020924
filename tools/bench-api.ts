/**
 * How fast the deployed hub answers: `npm run bench:api`. Deploys it onto the emulator as the demo does, warms it up, and
 * starts a hundred runs of an instance with one account and of one with a thousand, each cancelled when its answer is there.
 * Then reads runs. Fails where the 95th percentile of starting one is over 300 ms.
 *
 * The planner is put to sleep for it: in the cloud it works on machines of its own, here a hundred collectors would take the
 * two cores from who is measured. A run that was cancelled before it is planned has no cells, so that nothing is left going.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { ApiClient } from '../bin/api-client.ts';
import { isOver } from '../src/runs/run.ts';
import { type Latency, timed } from './bench/latency.ts';
import { type Stage, setStage } from './demo/stage.ts';

const CALLS = 100;
const WARM_UP = 10;
/** Milliseconds that starting a run may take at the 95th percentile. */
const LIMIT = 300;
/** Seconds that the last cancelled run may take to be over. */
const PATIENCE = 60;
const ACCOUNTS = [1, 1_000] as const;

interface Row extends Latency {
  readonly what: string;
}

/** Accounts that nobody has. */
const accountIds = (count: number, from: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(from + index).padStart(12, '7'));

/** Ends the reading of the plan queue. */
async function putPlannerToSleep({ services, hub }: Stage): Promise<void> {
  const lambda = new LambdaClient(services.aws.client(hub.account));
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: `${hub.name}-plan-run` }),
  );
  for (const { UUID } of EventSourceMappings) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  }
  lambda.destroy();
  if (EventSourceMappings.length === 0)
    throw new Error('the planner reads no queue: what would be measured is not known');
}

async function startingRuns({ services }: Stage, api: ApiClient, accounts: number, from: number): Promise<Row> {
  const instance = await api.createInstance({
    connector_kind: 'aws',
    display_name: `${accounts} accounts`,
    config: { mode: 'accounts', account_ids: [...accountIds(accounts, from)], regions: [services.aws.region] },
  });
  const scope = await api.createScope({
    instance_id: instance._id,
    scope_keys: {},
    service_categories: ['aws_iam'],
  });
  const start = () => api.startRun(scope._id);
  const cancel = ({ _id }: { readonly _id: string }) => api.cancelRun(_id);
  await timed(WARM_UP, start, cancel);
  const latency = await timed(CALLS, start, cancel);
  return { what: `POST /scan-runs, ${accounts.toLocaleString('en-US')} accounts`, ...latency };
}

/** Waits until no run is going any more: what is measured next is not measured beside them, and nothing is left behind. */
async function untilAllOver(api: ApiClient): Promise<number> {
  const until = performance.now() + PATIENCE * 1_000;
  for (;;) {
    const runs = await api.listRuns();
    const open = runs.filter(({ status }) => !isOver(status)).length;
    if (open === 0) return runs.length;
    if (performance.now() > until) throw new Error(`${open} runs are still going after ${PATIENCE} s`);
    await sleep(500);
  }
}

async function measure(stage: Stage, say: (line: string) => void): Promise<readonly Row[]> {
  const token = await stage.hub.token();
  // One call is one request: a retry would be timed as if it were none.
  const api = new ApiClient({ url: stage.hub.api_url, token: () => token, retries: 0 });
  const rows: Row[] = [];
  await putPlannerToSleep(stage);
  for (const [index, accounts] of ACCOUNTS.entries()) {
    say(`starting ${CALLS} runs of ${accounts} accounts, and cancelling each`);
    rows.push(await startingRuns(stage, api, accounts, index * 100_000));
  }
  const runs = await untilAllOver(api);
  say(`reading runs: there are ${runs}`);
  const [latest] = await api.listRuns(1);
  if (!latest) throw new Error('there is no run to read');
  for (const [what, call] of [
    [`GET /scan-runs?limit=50 of ${runs}`, () => api.listRuns(50)],
    [`GET /scan-runs/{id}`, () => api.getRun(latest._id)],
  ] as const) {
    await timed<unknown>(WARM_UP, call);
    rows.push({ what, ...(await timed<unknown>(CALLS, call)) });
  }
  return rows;
}

const ms = (value: number): string => value.toFixed(0).padStart(6);

function* table(rows: readonly Row[]): Generator<string> {
  const width = Math.max(...rows.map(({ what }) => what.length));
  yield `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}; milliseconds over ${CALLS} calls, one after the other`;
  yield `${''.padEnd(width)}    p50    p95    max`;
  for (const { what, p50, p95, max } of rows) yield `${what.padEnd(width)} ${ms(p50)} ${ms(p95)} ${ms(max)}`;
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
say('deploying the hub');
const stage = await setStage();
try {
  const rows = await measure(stage, say);
  for (const line of table(rows)) process.stdout.write(`${line}\n`);
  const late = rows.filter(({ what, p95 }) => what.startsWith('POST') && p95 > LIMIT);
  for (const { what } of late) say(`${what}: over ${LIMIT} ms at the 95th percentile`);
  if (late.length > 0) process.exitCode = 1;
} finally {
  await stage.services.stop();
}
