import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Db } from 'mongodb';
import type { Tenancy } from '../../src/kernel/ids.ts';
import { edgeStore } from '../../src/store/edges.ts';
import { entityStore } from '../../src/store/entities.ts';
import { UsageError } from '../usage-error.ts';
import { allPaths } from './paths.ts';

/** How many lines of each kind were written. */
export interface Exported {
  readonly entities: number;
  readonly edges: number;
  readonly paths: number;
}

/**
 * Writes what is known of a tenant to a file, one JSON document a line: entities, then edges, then paths, each with its
 * `kind` and sorted by its id. Nobody but the user may read the file.
 * @throws UsageError where the file cannot be written
 */
export async function exportTo(file: string, db: Db, tenancy: Tenancy): Promise<Exported> {
  const counts = { entities: 0, edges: 0, paths: 0 };
  async function* lines(): AsyncGenerator<string> {
    for await (const entity of entityStore(db).streamLive(tenancy.tenant_id)) {
      counts.entities += 1;
      yield `${JSON.stringify({ kind: 'entity', ...entity })}\n`;
    }
    for await (const edge of edgeStore(db).streamLive(tenancy.tenant_id)) {
      counts.edges += 1;
      yield `${JSON.stringify({ kind: 'edge', ...edge })}\n`;
    }
    for await (const path of allPaths(db, tenancy)) {
      counts.paths += 1;
      yield `${JSON.stringify({ kind: 'path', ...path })}\n`;
    }
  }
  try {
    await pipeline(Readable.from(lines()), createWriteStream(file, { mode: 0o600 }));
  } catch (cause) {
    if (!(cause instanceof Error && 'path' in cause)) throw cause;
    throw new UsageError(`--out: ${cause.message}`, { cause });
  }
  return counts;
}
