import { type Aws, startAws } from './aws/aws.ts';
import { type Mongo, startMongo } from './mongo.ts';
import { type MongoProxy, startMongoProxy } from './mongo-proxy.ts';
import { type Oidc, startOidc } from './oidc.ts';
import { openRun, type Run } from './run-folder.ts';

/** Everything that the hub needs around it, on this machine. */
export interface Services {
  readonly mongo: Mongo;
  /** What the hub talks through, so that its writes are counted. A server that was given to us is talked to as it is. */
  readonly mongoProxy: MongoProxy | undefined;
  readonly aws: Aws;
  readonly oidc: Oidc;
  /** The folder that logs and temporary files are in, and where to start more processes that must end with us. */
  readonly run: Run;
  /** Stops all of it; nothing is left. May be called twice. */
  stop(): Promise<void>;
}

/** How services are started. */
export interface ServicesOptions {
  /** Told what is being done, a line at a time. */
  readonly log?: (line: string) => void;
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Starts MongoDB, AWS and the token issuer, in parallel. They end with this process however it ends; SIGINT, SIGTERM and
 * SIGHUP stop them at any moment, also while they start, and then end the process.
 * @throws if one does not start, with the end of its log; the others are stopped.
 */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const log = options.log ?? (() => {});
  const run = openRun();
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    await Promise.allSettled(stops.map((stop) => stop()));
    await run.close();
    forget();
  };
  const stop = (): Promise<void> => {
    stopping ??= stopAll();
    return stopping;
  };
  const forget = endOnSignals(stop);

  const started = async <T extends { stop(): Promise<void> }>(name: string, service: Promise<T>): Promise<T> => {
    const from = performance.now();
    const running = await service;
    stops.push(() => running.stop());
    log(`${name} is up (${((performance.now() - from) / 1000).toFixed(1)} s)`);
    return running;
  };
  try {
    const [mongo, aws, oidc] = await Promise.all([
      started('MongoDB', startMongo(run)),
      started('AWS', startAws(run)),
      started('the token issuer', startOidc()),
    ]);
    const mongoProxy = mongo.kind === 'given' ? undefined : await startMongoProxy(mongo.uri);
    if (mongoProxy) stops.push(() => mongoProxy.stop());
    return { mongo, mongoProxy, aws, oidc, run, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function endOnSignals(stop: () => Promise<void>): () => void {
  const handlers = Object.entries(SIGNALS).map(([signal, number]) => {
    const handler = (): void => {
      void stop().finally(() => process.exit(128 + number));
    };
    process.on(signal, handler);
    return () => process.removeListener(signal, handler);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}
