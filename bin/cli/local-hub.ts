import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { parsedJson } from '../parsed-json.ts';

/** A hub that runs on this machine, and how its CLI gets in: what `.local/hub.json` says. */
const LocalHub = z.object({
  /** The process that keeps it up: the file of a dead one is not believed. */
  pid: z.int(),
  url: z.url(),
  token_url: z.url(),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  /** PEM file of the authority that signed the certificate of `url`. */
  ca_file: z.string().min(1),
  /** Where its queues are, and its stack; absent from what an older version wrote. */
  aws: z
    .object({ endpoint: z.url(), region: z.string().min(1), account: z.string().min(1), stack: z.string().min(1) })
    .optional(),
});
export type LocalHub = z.infer<typeof LocalHub>;

/** Where `npm run local` says how the CLI of the same checkout gets in. */
export const LOCAL_HUB_FILE = path.resolve(import.meta.dirname, '../../.local/hub.json');

/** The hub that runs now; undefined where there is none. */
export function readLocalHub(file: string = LOCAL_HUB_FILE): LocalHub | undefined {
  const hub = parsed(file);
  return hub && isRunning(hub.pid) ? hub : undefined;
}

/**
 * Says that a hub of this process runs. Only the user may read it. Of two hubs in one checkout, the CLI talks to the later.
 * Returns what takes it back, which is also done when this process exits.
 */
export function announceLocalHub(hub: Omit<LocalHub, 'pid'>, file: string = LOCAL_HUB_FILE): () => void {
  const draft = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(draft, `${JSON.stringify({ pid: process.pid, ...hub }, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  const takeBack = (): void => {
    if (parsed(file)?.pid === process.pid) rmSync(file, { force: true });
    process.removeListener('exit', takeBack);
  };
  process.once('exit', takeBack);
  return takeBack;
}

function parsed(file: string): LocalHub | undefined {
  try {
    // From a version that wrote something else, or not there: either way nobody tells us of a hub.
    return LocalHub.safeParse(parsedJson(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
