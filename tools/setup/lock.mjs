import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process does, on this machine. The lock names the process that holds it, and is taken over
 * when that process is dead.
 * @template T
 * @param {string} file where the lock is
 * @param {(line: string) => void} say told once if there is something to wait for
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, say, work) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n${startOf(process.pid)}\n`);
  const release = () => {
    rmSync(own, { force: true });
    if (holderOf(file)?.pid === process.pid) rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    let outcome = take(file, own);
    if (outcome === 'held') say(`waiting for the set-up that process ${holderOf(file)?.pid} is doing (${file})`);
    while (outcome === 'held') {
      await sleep(200);
      outcome = take(file, own);
    }
    rmSync(own, { force: true });
    // What a dead holder had started is given two seconds to end by tools/local/leash.sh.
    if (outcome === 'taken over') await sleep(3_000);
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/**
 * A hard link appears with its content or not at all, so a lock is never without its pid.
 * @returns {'taken' | 'taken over' | 'held'}
 */
function take(file, own) {
  if (link(own, file)) return 'taken';
  const holder = holderOf(file);
  if (!holder || isAlive(holder)) return 'held';
  // Two that wait must not both remove it, since the second would remove the lock of the first.
  const takeover = `${file}.takeover`;
  if (!link(own, takeover)) {
    // Held for an instant; one that is older was left by somebody killed in between.
    if (ageOf(takeover) > 10_000) rmSync(takeover, { force: true });
    return 'held';
  }
  const still = holderOf(file);
  if (still && !isAlive(still)) rmSync(file, { force: true });
  const taken = link(own, file);
  rmSync(takeover, { force: true });
  return taken ? 'taken over' : 'held';
}

function link(own, file) {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file) {
  try {
    const [pid, start] = readFileSync(file, 'utf8').split('\n');
    return { pid: Number(pid), start };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A pid alone may have been given to another process since; when it started tells. */
function isAlive({ pid, start }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return startOf(pid) === start;
}

/** When a process started, as `ps` says it; empty where there is no `ps`. */
function startOf(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', `${pid}`], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return (stdout ?? '').trim();
}

function ageOf(file) {
  try {
    return Date.now() - statSync(file).ctimeMs;
  } catch {
    return 0;
  }
}
