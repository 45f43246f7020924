import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Db, type Document, MongoClient } from 'mongodb';
import * as z from 'zod';
import { TENANT, WORKSPACE } from '../../labs/mediapro/names.ts';
import { PERMISSIONS } from '../../lambdas/api/route.ts';
import { COLLECTIONS } from '../../src/store/collections.ts';
import { ensureIndexes } from '../../src/store/database.ts';
import { SPOKE_ROLE_NAME } from '../../stacksets/spoke-role.ts';
import type { Held, MongoProxy } from '../../tools/local/mongo-proxy.ts';
import { FunctionProcess, type Invoked } from './function-process.ts';
import { Queues, type Taken } from './queues.ts';
import type { Duty, FaultStage } from './stage.ts';

/** Everything in a database. */
export type Snapshot = ReadonlyMap<string, readonly Document[]>;

/** Observations after which a cell goes on in a further part: few, so that moments between parts are among those tried. */
const PART_SIZE = 20;
export const IN_ONE_PART = 100_000;

/** Deliveries in one go at most: a message that comes again for ever is a failure. */
const MOST = 300;

const HttpAnswer = z.object({ statusCode: z.number(), body: z.string().default('') });

interface DrainOptions {
  /** @default the warm one */
  readonly collector?: FunctionProcess;
  /** @default the warm one */
  readonly planner?: FunctionProcess;
  readonly times?: number;
  /** Whether the message of the delivery that has just ended is somebody else's by now: then the queue is left alone, and nothing more delivered. */
  readonly isTakenOver?: () => boolean;
}

let hubs = 0;

/**
 * A hub of its own on the stage: an empty database, queues that nobody reads but the test, and the hub's functions in
 * processes that the test starts and kills. Time passes when the test says so.
 */
export class FaultHub {
  readonly stage: FaultStage;
  readonly queues: Queues;
  readonly db: Db;
  readonly #client: MongoClient;
  readonly #env: Readonly<Record<string, string>>;
  readonly #functions = new Set<FunctionProcess>();
  readonly #held = new Set<Held>();
  readonly #warm = new Map<Duty, FunctionProcess>();
  readonly #name: string;
  readonly #carried: Signal[] = [];
  /** The message that was delivered last. */
  in_flight: Taken | undefined;
  #ahead = 0;

  private constructor(
    stage: FaultStage,
    name: string,
    queues: Queues,
    client: MongoClient,
    env: Readonly<Record<string, string>>,
  ) {
    this.stage = stage;
    this.queues = queues;
    this.#client = client;
    this.db = client.db(name);
    this.#name = name;
    this.#env = {
      ...env,
      PLAN_QUEUE_URL: queues.url('plans'),
      CELL_QUEUE_URL: queues.url('cells'),
      STITCH_QUEUE_URL: queues.url('stitches'),
      DEAD_LETTER_QUEUE_URL: queues.url('dead'),
      EVENT_BUS_NAME: queues.bus,
      HUB_ACCOUNT_ID: stage.hub_account,
      SPOKE_ROLE_NAME,
      STITCH_DELAY_SECONDS: '1',
      CHECK_AWS_FUNCTION: 'none',
      ASK_GRAPH_FUNCTION: 'none',
      STITCH_FUNCTION: 'none',
      CHECK_SOURCES_FUNCTION: 'none',
      SOURCE_HOSTS: JSON.stringify({ servicenow: [], foundry: [] }),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      TENANT_CLAIM: 'org_id',
      WORKSPACES_CLAIM: 'workspaces',
      PERMISSIONS_CLAIM: 'permissions',
      REQUESTS_PER_MINUTE: '100000',
    };
  }

  /** Opens a hub with what a database held; without it with nothing. */
  static async open(stage: FaultStage, held: Snapshot = new Map(), part_size = PART_SIZE): Promise<FaultHub> {
    hubs += 1;
    // A server that was given to us is not ours alone.
    const name = `faults-${process.pid}-${hubs}`;
    const queues = await Queues.make(stage.root, stage.hub_account, name);
    const uri = new URL(stage.proxy.uri);
    uri.pathname = `/${name}`;
    const secrets = new SecretsManagerClient(stage.root);
    const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: uri.toString() }));
    secrets.destroy();
    const client = await MongoClient.connect(stage.services.mongo.uri);
    const env = { MONGODB_SECRET_ARN: ARN, PART_SIZE: String(part_size) };
    const hub = new FaultHub(stage, name, queues, client, env);
    await ensureIndexes(hub.db, COLLECTIONS);
    for (const [collection, documents] of held) {
      if (documents.length > 0) await hub.db.collection(collection).insertMany([...documents]);
    }
    return hub;
  }

  /** Stops a write on its way, as the proxy does; at the end of this hub it is stopped no more. */
  hold(...[isMeant, side]: Parameters<MongoProxy['hold']>): Held {
    const held = this.stage.proxy.hold(isMeant, side);
    this.#held.add(held);
    return held;
  }

  async close(): Promise<void> {
    for (const held of this.#held) held.release();
    await Promise.all([...this.#functions].map((it) => it.stop()));
    await this.db.dropDatabase();
    await this.#client.close();
  }

  async snapshot(): Promise<Snapshot> {
    const held = new Map<string, readonly Document[]>();
    for (const { name } of COLLECTIONS) held.set(name, await this.db.collection(name).find().toArray());
    return held;
  }

  /** Starts an instance of a function. */
  async start(duty: Duty): Promise<FunctionProcess> {
    const { stage } = this;
    const started = await FunctionProcess.start({
      bundle: stage.bundleOf(duty),
      env: { ...stage.identityOf(duty), ...this.#env },
      log: path.join(stage.folder, `${this.#name}-${duty}.log`),
      ahead: this.#ahead,
    });
    this.#functions.add(started);
    return started;
  }

  /** An instance of a function that has been used before, if there is one. */
  async warm(duty: Duty): Promise<FunctionProcess> {
    const known = this.#warm.get(duty);
    if (known?.is_alive) return known;
    const started = await this.start(duty);
    this.#warm.set(duty, started);
    return started;
  }

  /** Time passes, for every function. */
  pass(seconds: number): void {
    this.#ahead += seconds * 1_000;
    for (const it of this.#functions) it.ahead(this.#ahead);
  }

  /** Calls the API as somebody who may do everything. Throws where it does not answer 2xx. */
  async call(method: string, rawPath: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
    const claims = { sub: 'ada', org_id: TENANT, workspaces: [WORKSPACE], permissions: [...PERMISSIONS] };
    const token = await this.stage.services.oidc.token(claims);
    const came = await (await this.warm('api')).invoke({
      version: '2.0',
      rawPath: `/api/v1${rawPath}`,
      rawQueryString: '',
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      isBase64Encoded: false,
      requestContext: {
        requestId: 'r',
        domainName: 'x',
        http: { method, path: `/api/v1${rawPath}` },
        authorizer: { jwt: { claims: {}, scopes: null } },
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (came.outcome !== 'answered') throw new Error(`${method} ${rawPath}: ${JSON.stringify(came)}`);
    const { statusCode, body: text } = HttpAnswer.parse(came.answer);
    if (statusCode >= 300) throw new Error(`${method} ${rawPath}: ${statusCode} ${text}`);
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text || '{}'));
  }

  /** Calls a function that takes no message. Throws where it fails. */
  async run(duty: 'tick' | 'request-stitch', event: unknown = {}, instance?: FunctionProcess): Promise<void> {
    const came = await (instance ?? (await this.warm(duty))).invoke(event);
    if (came.outcome !== 'answered') throw new Error(`${duty}: ${JSON.stringify(came)}`);
  }

  /** Hands a message to an instance, and deletes it or shows it again as the queue would after the time that it asked for. */
  async deliver(taken: Taken, instance: FunctionProcess): Promise<Invoked> {
    const came = await instance.invoke(taken.event);
    await this.#tell(taken, came);
    return came;
  }

  async #tell(taken: Taken, came: Invoked): Promise<void> {
    if (came.outcome === 'answered' && isDone(came.answer)) await this.queues.delete(taken);
    else await this.queues.show(taken);
  }

  /**
   * Delivers plans and cells until there are none, each `times` times, one after the other. Whoever is told to come again, or
   * fails, comes again when a minute has passed. Ends early where the collector is killed. Gives the failures.
   */
  async drain({
    collector,
    planner,
    times = 1,
    isTakenOver = () => false,
  }: DrainOptions = {}): Promise<readonly string[]> {
    const failures: string[] = [];
    for (let deliveries = 0; ; deliveries += 1) {
      if (deliveries > MOST) throw new Error(`${MOST} deliveries, and there is still something to deliver`);
      const taken = (await this.queues.take('plans')) ?? (await this.queues.take('cells'));
      if (!taken) return failures;
      this.in_flight = taken;
      const instance =
        taken.queue === 'plans'
          ? (planner ?? (await this.warm('plan-run')))
          : (collector ?? (await this.warm('collect-aws')));
      for (let more = times; more > 1; more -= 1) await instance.invoke(taken.event);
      const came = await instance.invoke(taken.event);
      if (came.outcome === 'failed') failures.push(came.failure);
      if (isTakenOver()) return failures;
      await this.#tell(taken, came);
      if (came.outcome === 'killed') return failures;
      if (came.outcome === 'failed' || !isDone(came.answer)) this.pass(61);
    }
  }

  /** Several collectors at the same queue, as it happens: who is told to come again does so after a moment. */
  async crowd(collectors: readonly FunctionProcess[]): Promise<void> {
    let at_work = 0;
    const loop = async (collector: FunctionProcess): Promise<void> => {
      for (;;) {
        const taken = await this.queues.take('cells');
        if (!taken && at_work === 0) return;
        if (taken) {
          at_work += 1;
          const came = await collector.invoke(taken.event).finally(() => {
            at_work -= 1;
          });
          await this.#tell(taken, came);
        }
        await sleep(50);
      }
    };
    await Promise.all(collectors.map(loop));
  }

  /** What must come to its end within two ticks: delivers what there is, and again after each of them. */
  async settle(): Promise<void> {
    await this.drain();
    for (let ticks = 0; ticks < 2; ticks += 1) {
      this.pass(60);
      await this.run('tick');
      await this.drain();
    }
  }

  /** Everything that the bus has carried so far. */
  async signals(): Promise<readonly Signal[]> {
    const taken = await this.queues.lose('signals');
    this.#carried.push(...taken.map(({ body }) => Signal.parse(JSON.parse(body))));
    return this.#carried;
  }
}

const Signal = z.object({
  'detail-type': z.string(),
  detail: z.looseObject({ signal_id: z.string(), run_id: z.string(), wrote: z.boolean() }),
});
export type Signal = z.infer<typeof Signal>;

const Batch = z.object({ batchItemFailures: z.array(z.unknown()) });
const isDone = (answer: unknown): boolean => Batch.parse(answer).batchItemFailures.length === 0;
