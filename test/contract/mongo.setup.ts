import type { TestProject } from 'vitest/node';
import { startMongo } from '../../tools/local/mongo.ts';
import { openRun } from '../../tools/local/run-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongoUri: string;
  }
}

/** One real Mongo-compatible server for all contract tests; each test file uses a database of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = openRun();
  const mongo = await startMongo(run);
  project.provide('mongoUri', mongo.uri);
  return async () => {
    await mongo.stop();
    await run.close();
  };
}
