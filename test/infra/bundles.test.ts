import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildSync, type Metafile } from 'esbuild';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLE_FILE, BUNDLING, bundle, ROOT } from '../../lib/bundle/bundle.ts';
import { FUNCTIONS } from './example.ts';

const run = promisify(execFile);
const NODE_24 = path.join(ROOT, 'node_modules/.bin/node');

/** Bytes that a function loads which talks to the database: all of them do. */
const BUDGET = 1.5 * 1024 * 1024;

/** Bytes of a file and of everything that it cannot do without. */
function loadedWith(file: string, { outputs }: Metafile): number {
  const needed = new Set([file]);
  for (const one of needed) {
    for (const { path: other, kind, external } of outputs[one]?.imports ?? []) {
      if (kind === 'import-statement' && !external) needed.add(other);
    }
  }
  return [...needed].reduce((sum, one) => sum + (outputs[one]?.bytes ?? Number.NaN), 0);
}

const folder = mkdtempSync(path.join(tmpdir(), 'hub-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (duty: string): string => path.join(folder, duty, BUNDLE_FILE);

describe.each(FUNCTIONS)('the bundle of $duty', ({ duty }) => {
  let built: Metafile = { inputs: {}, outputs: {} };
  beforeAll(() => {
    built = bundle(duty, path.join(folder, duty));
  });

  test('loads what is within its budget, whichever of the parts that it loads when needed', () => {
    const files = Object.entries(built.outputs);
    const [handler] = files.find(([, { entryPoint }]) => entryPoint === `lambdas/${duty}/index.ts`) ?? [''];
    const parts = files.flatMap(([file, { entryPoint }]) => (entryPoint && file !== handler ? [file] : []));
    for (const part of [undefined, ...parts]) {
      const bytes = loadedWith(handler, built) + (part === undefined ? 0 : (built.outputs[part]?.bytes ?? Number.NaN));
      expect([part, bytes < BUDGET]).toEqual([part, true]);
    }
    expect(statSync(fileOf(duty)).size).toBe(built.outputs[handler]?.bytes);
  });

  test('is loaded by Node 24, and says what its environment lacks', async () => {
    // Loading evaluates every module that is inside; the environment is the first thing that a function looks at.
    // Node itself would print the line that threw, which is most of the bundle.
    const load = `process.stdout.write(process.version);
      await import(${JSON.stringify(fileOf(duty))}).catch((error) => { console.error(String(error)); process.exit(1); })`;
    const failed = await run(NODE_24, ['--input-type=module', '--eval', load], { env: {} }).then(
      () => undefined,
      (error: { readonly stdout: string; readonly stderr: string }) => error,
    );
    expect(failed?.stdout).toMatch(/^v24\./);
    expect(failed?.stderr).toContain('Error: environment: ');
    expect(failed?.stderr).toContain('MONGODB_SECRET_ARN');
  });
});

describe('a bundled MongoDB driver', () => {
  // What the driver makes of a connection string, or what it says against it.
  const understood = (Client: typeof MongoClient, uri: string): unknown => {
    try {
      const { hosts, srvHost, dbName, credentials, replicaSet, tls, appName, retryWrites } = new Client(uri).options;
      return {
        hosts: hosts.map(String),
        srvHost,
        dbName,
        credentials: { ...credentials },
        replicaSet,
        tls,
        appName,
        retryWrites,
      };
    } catch (error) {
      return `${error}`;
    }
  };
  let Bundled = MongoClient;
  beforeAll(async () => {
    const outfile = path.join(folder, 'driver.mjs');
    const contents = "export { MongoClient } from 'mongodb'";
    buildSync({ ...BUNDLING, stdin: { contents, resolveDir: ROOT }, outfile });
    Bundled = (await import(outfile)).MongoClient;
  });

  test.each([
    'mongodb://127.0.0.1:27017/throughline',
    'mongodb://[::1]:27017/?directConnection=true',
    'mongodb://h1:27017,h2:27018,h3/db?replicaSet=rs&authSource=admin&TLS=true',
    'mongodb://user:p%40ss%2Fw%C3%B6rd@h1/db?retryWrites=false',
    'mongodb+srv://user:p%3Ass@cluster0.ab1cd.mongodb.net/throughline?w=majority&appName=hub',
    'mongodb://%2Ftmp%2Fmongodb-27017.sock/db',
    'mongodb://h\u00f6st.example.com/db',
    'mongodb://user:p@ss@h1/db',
    'mongodb://h1:port/db',
    'mongodb+srv://h1,h2/db',
    'https://cluster0.mongodb.net',
  ])('reads %s as the driver does with its own URL', (uri) => {
    expect(understood(Bundled, uri)).toEqual(understood(MongoClient, uri));
  });
});

afterAll(() => {
  console.table(
    FUNCTIONS.map(({ duty }) => {
      const bytes = statSync(fileOf(duty), { throwIfNoEntry: false })?.size;
      return { function: duty, kilobytes: bytes && Math.round(bytes / 1024), budget: BUDGET / 1024 };
    }),
  );
});
