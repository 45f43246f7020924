import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import * as z from 'zod';
import { BUNDLING } from '../../lib/bundle/bundle.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { cellKey } from '../../src/runs/cell.ts';
import type { ScanTerms } from './measured-scan.ts';
import type { ScanStage } from './scan-stage.ts';

/** What a collector needed for the cell of one account, all parts of it in one process. */
export type Needed = z.infer<typeof Needed>;
const Needed = z.object({
  parts: z.int(),
  seconds: z.number(),
  /** Processor time, that of starting included. */
  cpu_seconds: z.number(),
  /** Resident, Node itself included. */
  peak_mb: z.number(),
});

/** How a collector's process is started. */
export interface CollectorProcess {
  /** The file of `bundledWorker`. */
  readonly worker: string;
  /** Of the database. */
  readonly uri: string;
  readonly part_size: number;
  /** The memory of the function. @default as much as Node likes */
  readonly memory_mb?: number | undefined;
}

/** Builds the worker as the functions are built; gives the file. */
export function bundledWorker(folder: string): string {
  const entryPoints = [path.join(import.meta.dirname, 'giant-worker.ts')];
  buildSync({ ...BUNDLING, entryPoints, outdir: folder, outExtension: { '.js': '.mjs' }, splitting: true });
  return path.join(folder, 'giant-worker.mjs');
}

/**
 * Gives the IAM cell of an account to a collector in a process of its own, as each function of the hub is one. `told` is told
 * what that needed.
 */
export const cellElsewhere =
  (
    stage: ScanStage,
    account: AccountId,
    { worker, uri, part_size, memory_mb }: CollectorProcess,
    told: (needed: Needed) => void,
  ): NonNullable<ScanTerms['around_cells']> =>
  (work) =>
  async (message, delivery) => {
    if (!message.cell_id.endsWith(cellKey('aws_iam', account))) return work(message, delivery);
    const args = [worker, uri, stage.aws.region, JSON.stringify(message), String(part_size)];
    const env = { PATH: process.env.PATH, ...stage.env };
    const { stdout } = await promisify(execFile)(process.execPath, [...limits(memory_mb), ...args], { env });
    told(Needed.parse(JSON.parse(stdout)));
    return 'done';
  };

/** How Lambda's Node.js runtimes start Node in a function with so much memory: `/var/runtime/bootstrap` of their images. */
function limits(memory_mb: number | undefined): readonly string[] {
  if (memory_mb === undefined) return [];
  const young = Math.floor(memory_mb / 10);
  return ['--expose-gc', `--max-semi-space-size=${Math.floor(young / 2)}`, `--max-old-space-size=${memory_mb - young}`];
}
