import { beforeEach, describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../src/inventory/manifest.ts';
import { type CellManifestStore, cellManifestStore } from '../../src/store/cell-manifests.ts';
import { databaseOfItsOwn } from './on-server.ts';

const db = databaseOfItsOwn();
let manifests: CellManifestStore;
beforeEach(() => {
  manifests = cellManifestStore(db());
});

const anEntry = (part: number, n: number, given: Partial<ManifestEntry> = {}): ManifestEntry => ({
  _id: `${given.tenant_id ?? ''}${given.cell_id ?? 'run-1/aws_iam:1'}#${part}#${n}`,
  tenant_id: 'nimbus',
  cell_id: 'run-1/aws_iam:1',
  part,
  collector: 'iam.users',
  region: 'global',
  entity_ids: ['e'],
  edge_ids: [],
  ...given,
});
const entriesOf = async (tenant_id: string, cell_id = 'run-1/aws_iam:1'): Promise<readonly string[]> => {
  const ids: string[] = [];
  for await (const { _id } of manifests.entriesOf(tenant_id, cell_id)) ids.push(_id);
  return ids;
};

describe('the manifest of a cell', () => {
  beforeEach(async () => {
    for (const entry of [anEntry(0, 0), anEntry(1, 0), anEntry(1, 1), anEntry(2, 0)]) await manifests.note(entry);
    await manifests.note(anEntry(1, 0, { tenant_id: 'acme' }));
    await manifests.note(anEntry(1, 0, { cell_id: 'run-2/aws_iam:1' }));
  });

  it('is what its parts noted, in order, of one tenant and cell', async () => {
    expect(await entriesOf('nimbus')).toEqual(['0#0', '1#0', '1#1', '2#0'].map((id) => `run-1/aws_iam:1#${id}`));
    expect(await manifests.countEntries('nimbus', 'run-1/aws_iam:1')).toBe(4);
    expect(await entriesOf('nobody')).toEqual([]);
  });

  it('loses a part that begins again, and those after it', async () => {
    await manifests.restart('nimbus', 'run-1/aws_iam:1', 1);
    expect(await entriesOf('nimbus')).toEqual(['run-1/aws_iam:1#0#0']);
    await manifests.note(anEntry(1, 0));
    expect(await manifests.countEntries('nimbus', 'run-1/aws_iam:1')).toBe(2);
  });

  it('is gone when the cell is discarded, twice if need be, and no other is', async () => {
    await manifests.discard('nimbus', 'run-1/aws_iam:1');
    await manifests.discard('nimbus', 'run-1/aws_iam:1');
    expect(await entriesOf('nimbus')).toEqual([]);
    expect(await entriesOf('acme')).toHaveLength(1);
    expect(await entriesOf('nimbus', 'run-2/aws_iam:1')).toHaveLength(1);
  });

  it('takes the same note once: two workers at one part are found out', async () => {
    await expect(manifests.note(anEntry(0, 0))).rejects.toThrow(/duplicate key/i);
  });
});
