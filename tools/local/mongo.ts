import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { MONGO_JARS } from './checkout.ts';
import { freePort } from './ports.ts';
import { type Child, untilReady } from './process.ts';
import { openRun, type Run } from './run-folder.ts';

const IMAGE = 'mongo:8';
const JAVA_LAUNCHER = path.join(import.meta.dirname, 'mongo/MongoLauncher.java');
const DATABASE = 'throughline';

/** A MongoDB to work on. `uri` names a database which is empty and ours. */
export interface Mongo {
  readonly uri: string;
  /** Where it came from: MONGODB_URI, a `mongod` on the PATH, Docker, or mongo-java-server. */
  readonly kind: 'given' | 'mongod' | 'docker' | 'java';
  /** Drops the database of a given server; a server of our own ends with the run. */
  stop(): Promise<void>;
}

/** Finds or starts a MongoDB, in the order of `kind`. Without a run it opens one of its own, which ends with it. */
export async function startMongo(run?: Run): Promise<Mongo> {
  if (run) return findMongo(run);
  const own = openRun();
  try {
    const mongo = await findMongo(own);
    return { ...mongo, stop: () => mongo.stop().finally(() => own.close()) };
  } catch (error) {
    await own.close();
    throw error;
  }
}

async function findMongo(run: Run): Promise<Mongo> {
  const given = process.env.MONGODB_URI;
  if (given) return givenMongo(given);
  const port = await freePort();
  const uri = `mongodb://127.0.0.1:${port}/${DATABASE}`;
  const { kind, child } = await startServer(run, port);
  await untilReady(child, () => answers(uri), 60_000);
  return { uri, kind, stop: () => child.stop() };
}

/** `uri` with another database, and what the old one said about authentication kept. */
export function withDatabase(uri: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri);
  if (!match) throw new Error('MONGODB_URI is not a MongoDB connection string');
  const [, server = '', before = '', query = ''] = match;
  const options = new URLSearchParams(query);
  // Without authSource, credentials are looked up in the database that the path names.
  if (server.includes('@') && !options.has('authSource') && !options.has('authMechanism')) {
    options.set('authSource', before || 'admin');
  }
  return `${server}/${database}${options.size > 0 ? `?${options}` : ''}`;
}

async function givenMongo(given: string): Promise<Mongo> {
  const uri = withDatabase(given, `${DATABASE}_${randomBytes(6).toString('hex')}`);
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  await client.db().command({ ping: 1 });
  return {
    uri,
    kind: 'given',
    stop: async () => {
      await client.db().dropDatabase();
      await client.close();
    },
  };
}

async function startServer(run: Run, port: number): Promise<{ kind: Mongo['kind']; child: Child }> {
  if (isOnPath('mongod')) {
    const data = run.file('mongo');
    mkdirSync(data);
    const args = ['--dbpath', data, '--bind_ip', '127.0.0.1', '--port', `${port}`, '--nounixsocket'];
    return { kind: 'mongod', child: run.start('mongo', 'mongod', args) };
  }
  if (await hasDockerImage()) {
    return { kind: 'docker', child: run.start('mongo', 'sh', dockerArgs(port), { env: dockerEnvironment() }) };
  }
  // It holds everything in memory, at some 10 KB for a document of ten properties: a quarter of the machine, the default, is soon full.
  const jvm = ['-XX:-UsePerfData', '-XX:MaxRAMPercentage=60', `-Djava.io.tmpdir=${run.file('tmp')}`];
  const args = [...jvm, '-cp', path.join(MONGO_JARS, '*'), JAVA_LAUNCHER, `${port}`];
  return { kind: 'java', child: run.start('mongo', 'java', args) };
}

async function answers(uri: string): Promise<boolean> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 500 });
  try {
    await client.db().command({ ping: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Only an image that is there already: pulling one would leave 300 MB outside the checkout. */
function hasDockerImage(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('docker', ['image', 'inspect', IMAGE], { timeout: 5_000 }, (error) => resolve(error === null));
  });
}

/**
 * The daemon closes the container's stdin when our client goes, however it goes; `cat` then ends the container. The
 * client needs a stdin that stays open for that, which a leash does not give; `tail` holds one.
 */
function dockerArgs(port: number): string[] {
  const inside = 'mongod --bind_ip_all & cat >/dev/null; kill $!; wait';
  const docker = ['docker', 'run', '--rm', '-i', '-p', `127.0.0.1:${port}:27017`, IMAGE, 'sh', '-c', inside];
  return ['-c', 'tail -f /dev/null | { "$@"; kill 0; }', 'sh', ...docker];
}

function dockerEnvironment(): NodeJS.ProcessEnv {
  const names = ['HOME', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY'];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
