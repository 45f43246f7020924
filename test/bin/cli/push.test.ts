import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/kernel/failures.ts';
import { aBatchAnswer, anEndedRun, aScope } from './documents.ts';
import { type FakeHub, type Known, startFakeHub, type TakenBatch } from './fake-hub.ts';
import { type Outcome, runCli } from './run-cli.ts';

// Each test starts the CLI as a process of its own.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let hub: FakeHub | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'push-'));
});

afterEach(async () => {
  await hub?.stop();
  rmSync(folder, { recursive: true });
});

const node = (n: number, properties: object = {}) => ({
  kind: 'node',
  entity_type: 'aws_s3_bucket',
  source_system_id: 'own:x',
  source_record_id: `r-${n}`,
  display_name: `name ${n}`,
  properties,
});

function write(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const ndjson = (items: readonly unknown[], name = 'items.ndjson'): string =>
  write(name, items.map((item) => JSON.stringify(item)).join('\n'));

/** Pushes at a hub that takes everything, or what `known` says. Gives the batches that came, too. */
async function push(
  args: readonly string[],
  known: Known = {},
): Promise<Outcome & { readonly batches: readonly TakenBatch[] }> {
  const batches: TakenBatch[] = [];
  hub = await startFakeHub({
    scopes: [aScope()],
    looks: [anEndedRun('succeeded')],
    ...known,
    batch: (batch) => {
      batches.push(batch);
      return known.batch?.(batch) ?? aBatchAnswer('r-1', batch.sequence, batch.lines.length);
    },
  });
  return { ...(await runCli(hub, ['runs', 'push', ...args])), batches };
}

const SCOPE = ['--scope', 's-1'];

describe('runs push', () => {
  it('starts a run, sends every item in numbered batches below 4 MB, and says how many there were', async () => {
    const items = Array.from({ length: 300 }, (_, n) => node(n, { text: 'x'.repeat(30_000) }));
    const { code, stdout, batches } = await push([ndjson(items), ...SCOPE]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/batches +3\n +taken +300 nodes/);
    expect(batches.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    expect(batches.every(({ bytes }) => bytes <= 4 * 1024 * 1024)).toBe(true);
    expect(batches.flatMap(({ lines }) => lines.map((line) => JSON.parse(line)))).toEqual(items);
    expect(hub?.asked).toEqual([
      'POST /api/v1/scan-runs',
      ...Array.from({ length: 3 }, () => 'POST /api/v1/scan-runs/r-1/batches'),
      'POST /api/v1/scan-runs/r-1/complete',
    ]);
    expect(hub?.posted.at(-1)).toEqual({ batches: 3 });
  });

  it('sends no more than 5,000 items at once', async () => {
    const { batches } = await push([ndjson(Array.from({ length: 5_001 }, (_, n) => node(n))), ...SCOPE]);
    expect(batches.map(({ lines }) => lines.length)).toEqual([5_000, 1]);
  });

  it('takes JSON as well, and what it says was looked at', async () => {
    const { kind: _kind, ...bare } = node(1);
    const scanScope = { mode: 'full', sourceSystems: ['own:x'], scannedEntityTypes: ['aws_s3_bucket'] };
    const file = write('items.json', JSON.stringify({ nodes: [bare, 7], edges: [{ edge_type: 'TRUSTS' }], scanScope }));
    const { batches } = await push([file, ...SCOPE]);
    expect(batches[0]?.lines.map((line) => JSON.parse(line))).toEqual([
      node(1),
      7,
      { edge_type: 'TRUSTS', kind: 'edge' },
    ]);
    expect(hub?.posted.at(-1)).toEqual({ batches: 1, scanScope });
  });

  it('takes the first line of NDJSON for what was looked at, where it says so', async () => {
    const scanScope = { mode: 'incremental' };
    const { batches } = await push([ndjson([{ scanScope }, node(1)]), ...SCOPE]);
    expect(batches[0]?.lines).toHaveLength(1);
    expect(hub?.posted.at(-1)).toEqual({ batches: 1, scanScope });
  });

  it('says that something is gone only where types and systems are named', async () => {
    const full = ['--full', '--entity-type', 'aws_s3_bucket', '--source-system', 'own:x'];
    await push([ndjson([node(1)]), ...SCOPE, ...full]);
    expect(hub?.posted.at(-1)).toEqual({
      batches: 1,
      scanScope: { mode: 'full', sourceSystems: ['own:x'], scannedEntityTypes: ['aws_s3_bucket'] },
    });
  });

  it('shows what was refused by its place in the file, and ends with 3', async () => {
    const file = write('items.ndjson', `${JSON.stringify(node(1))}\n\n\nno json\n${JSON.stringify(node(2))}\n`);
    const { code, stdout, batches } = await push([file, ...SCOPE], {
      batch: ({ sequence }) => ({
        ...aBatchAnswer('r-1', sequence, 2),
        rejected: [{ index: 1, kind: 'line', code: 'unreadable_item', reason: 'the line\u001b[2J is no JSON' }],
        rejected_count: 1,
      }),
    });
    expect(batches[0]?.lines).toEqual([JSON.stringify(node(1)), 'no json', JSON.stringify(node(2))]);
    expect(code).toBe(3);
    expect(stdout).toContain('unreadable_item line 4: the line [2J is no JSON');
    expect(stdout).toContain('nothing is removed');
  });

  it('sends a batch again whose answer was lost', async () => {
    const { code, batches } = await push([ndjson([node(1)]), ...SCOPE], {
      batch: ({ before, sequence }) => (before === 0 ? 'cut' : { ...aBatchAnswer('r-1', sequence, 1), repeated: true }),
    });
    expect(code).toBe(0);
    expect(batches).toHaveLength(2);
    expect(batches[0]?.lines).toEqual(batches[1]?.lines);
  });

  it('that is refused in the middle says how to go on, and that does', async () => {
    const items = Array.from({ length: 5_001 }, (_, n) => node(n));
    const file = ndjson(items);
    const stopped = await push([file, ...SCOPE], {
      batch: ({ sequence }) => {
        if (sequence === 1) throw new AppError('conflict', 'somebody else is at it');
        return aBatchAnswer('r-1', sequence, 5_000);
      },
    });
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain(`Go on with: runs push ${file} --run r-1`);
    expect(hub?.asked.at(-1)).toBe('POST /api/v1/scan-runs/r-1/batches');
    await hub?.stop();
    const again = await push([file, '--run', 'r-1', '--json']);
    expect(again.code).toBe(0);
    expect(again.batches.map(({ lines }) => lines)).toEqual([
      stopped.batches[0]?.lines,
      [JSON.stringify(items.at(-1))],
    ]);
    expect(hub?.asked).not.toContain('POST /api/v1/scan-runs');
    expect(JSON.parse(again.stdout)).toMatchObject({ run_id: 'r-1', batches: 2, refused: [] });
  });

  it('tells the same as JSON', async () => {
    const { stderr } = await push([ndjson([node(1)]), ...SCOPE, '--json'], {
      batch: () => {
        throw new AppError('conflict', 'somebody else is at it');
      },
    });
    const told = JSON.parse(stderr.slice(stderr.indexOf('\n{') + 1));
    expect(told.error).toMatchObject({ code: 'conflict', run_id: 'r-1', remedy: expect.stringContaining('--run r-1') });
  });

  it('waits for the end where that is asked for, and ends as the run does', async () => {
    const looks = [anEndedRun('partial')];
    expect((await push([ndjson([node(1)]), ...SCOPE, '--wait'], { looks })).code).toBe(3);
  });

  it.each([
    ['that is not there', 'gone.ndjson', undefined, 'cannot read'],
    ['that is empty', 'empty.ndjson', '', 'holds no nodes and no edges'],
    ['of blank lines', 'blank.ndjson', '\n \n\n', 'holds no nodes and no edges'],
    ['that is no JSON', 'a.json', '{"nodes": [', 'is not JSON. If each line is JSON, say so with --format ndjson'],
    ['of another shape', 'b.json', '[1, 2]', 'must be a JSON object with lists'],
    ['with lists that are none', 'c.json', '{"nodes": {}}', 'must be a JSON object with lists'],
    ['that is no text', 'd.ndjson', Buffer.from([0x7b, 0xff, 0xfe, 0x0a]), 'line 1 is not UTF-8'],
    ['whose line never ends', 'e.ndjson', `{}\n"${'x'.repeat(5 << 20)}`, 'line 2 has more than'],
    ['with an item that fits nowhere', 'f.json', `{"nodes":["${'x'.repeat(5 << 20)}"]}`, 'nodes[0] has more than'],
  ])('sends nothing of a file %s', async (_, name, content, said) => {
    const file = content === undefined ? path.join(folder, name) : write(name, content);
    const { code, stderr } = await push([file, ...SCOPE]);
    expect({ code, asked: hub?.asked }).toEqual({ code: 2, asked: [] });
    expect(stderr).toContain(said);
  });

  it.each([
    [['--full'], '--full says that something is gone'],
    [['--entity-type', 'a'], 'go with --full'],
    [['--scope', 's', '--run', 'r'], 'cannot be used with'],
    [[], 'Name a scope with --scope'],
  ])('is not understood with %j', async (args, said) => {
    const { code, stderr } = await push([ndjson([node(1)]), ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

describe('reports', () => {
  const send = async (known: Known = {}): Promise<Outcome> => {
    hub = await startFakeHub(known);
    return runCli(hub, ['reports', 'send', write('report.json', '{"source_system": "servicenow:x", "Odd": 1}')]);
  };

  it('are sent as they are', async () => {
    const { code, stdout } = await send();
    expect(code).toBe(0);
    expect(hub?.posted).toEqual([{ source_system: 'servicenow:x', Odd: 1 }]);
    expect(stdout).toMatch(/run +r-1\n +instance +i-1/);
  });

  it('of which something was refused end with 3, and say what', async () => {
    const { code, stdout } = await send({
      report: {
        rejected: [{ index: 4, kind: 'edge', code: 'foreign_source', reason: 'not yours' }],
        rejected_count: 1,
      },
    });
    expect(code).toBe(3);
    expect(stdout).toContain('foreign_source edges[4]: not yours');
  });

  it('are listed', async () => {
    hub = await startFakeHub({});
    expect((await runCli(hub, ['reports', 'list'])).stdout).toMatch(/servicenow:x +running +r-1 +2/);
  });

  it('that cannot be read are not sent', async () => {
    hub = await startFakeHub({});
    expect(await runCli(hub, ['reports', 'send', folder])).toMatchObject({ code: 2 });
    expect(hub.asked).toEqual([]);
  });
});
