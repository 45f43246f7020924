import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CHECKOUT } from '../../tools/local/checkout.ts';
import { openRun } from '../../tools/local/run-folder.ts';
import { type Services, startServices } from '../../tools/local/services.ts';

const Held = z.object({ folder: z.string(), addresses: z.array(z.string()) });
type Held = z.infer<typeof Held>;

describe('nothing is left', () => {
  test('after stop: no process, no port, no folder, while others that run beside them stay up', async () => {
    const lines: string[] = [];
    const [one, other] = await Promise.all([startServices({ log: (line) => lines.push(line) }), startServices()]);
    const held = heldBy(one);
    expect(await listening(held)).toEqual(held.addresses);
    expect(lines.map((line) => line.replace(/ \(.*/, '')).sort()).toEqual([
      'AWS is up',
      'MongoDB is up',
      'the token issuer is up',
    ]);
    await one.stop();
    await expectNothingLeft(held);
    expect(await listening(heldBy(other))).toEqual(heldBy(other).addresses);
    await other.stop();
    await expectNothingLeft(heldBy(other));
  });

  test('after SIGINT to the process that started them', async () => {
    const { process, held } = await hold();
    process.kill('SIGINT');
    const [code] = await once(process, 'exit');
    expect(code).toBe(130);
    await expectNothingLeft(held);
  });

  test('but the folder after SIGKILL of the process that started them; the next run removes that', async () => {
    const { process, held } = await hold();
    process.kill('SIGKILL');
    await once(process, 'exit');
    // The leash gives two seconds between SIGTERM and SIGKILL.
    await expect.poll(() => processesIn(held.folder), { timeout: 5_000 }).toEqual([]);
    expect(await listening(held)).toEqual([]);
    // On a busy machine the last of them may still put something there while it is removed: then the run after that one.
    const gone = async (): Promise<boolean> => {
      await openRun().close();
      return !existsSync(held.folder);
    };
    await expect.poll(gone, { timeout: 5_000 }).toBe(true);
  });

  test.each([50, 700])('after SIGINT %i ms into the start', async (ms) => {
    const process = startHolding();
    await nextLine(process);
    await new Promise((resolve) => setTimeout(resolve, ms));
    process.kill('SIGINT');
    const [code] = await once(process, 'exit');
    expect(code).toBe(130);
    const folder = path.join(CHECKOUT, '.local/run', `${process.pid}-1`);
    await expect.poll(() => processesIn(folder), { timeout: 5_000 }).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});

function heldBy({ aws, mongo, oidc, run }: Services): Held {
  return { folder: run.folder, addresses: [aws.endpoint, aws.faults.controlUrl, mongo.uri, oidc.issuer] };
}

function startHolding(): ChildProcess {
  const node = path.join(CHECKOUT, 'node_modules/.bin/node');
  return spawn(node, [path.join(import.meta.dirname, 'holding.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function hold(): Promise<{ process: ChildProcess; held: Held }> {
  const process = startHolding();
  await nextLine(process);
  const held = Held.parse(JSON.parse(await nextLine(process)));
  expect(await listening(held)).toEqual(held.addresses);
  expect(processesIn(held.folder).length).toBeGreaterThan(0);
  return { process, held };
}

async function nextLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('its stdout is not a pipe');
  const lines = createInterface({ input: stdout });
  const [line] = await once(lines, 'line');
  lines.close();
  return String(line);
}

/** Those of the addresses at which somebody listens. */
async function listening({ addresses }: Held): Promise<string[]> {
  const open = await Promise.all(addresses.map((address) => isOpen(Number(/:(\d+)/.exec(address)?.[1]))));
  return addresses.filter((_, index) => open[index]);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The processes whose command line or environment names the folder. */
function processesIn(folder: string): string[] {
  const all = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 64 << 20 });
  return all.split('\n').filter((line) => line.includes(`TMPDIR=${folder}/`));
}

async function expectNothingLeft(held: Held): Promise<void> {
  expect(await listening(held)).toEqual([]);
  expect(processesIn(held.folder)).toEqual([]);
  expect(existsSync(held.folder)).toBe(false);
}
