import type { ShownRun, WatchedRun } from '../../lambdas/api/answers/scan-runs.ts';
import type { ApiClient } from '../api-client.ts';
import type { Screen } from '../terminal/screen.ts';

/** By which a person or a script ends the watching. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** A run of a thousand accounts may take hours: who does not want to wait for it ends the watching. */
export async function watched(
  api: ApiClient,
  { _id, seq }: Pick<ShownRun, '_id' | 'seq'>,
  screen: Screen,
): Promise<WatchedRun> {
  screen.note(`run #${seq} ${_id}`);
  const progress = screen.progress('scanning');
  const leave = (_signal: NodeJS.Signals, number: number): void => {
    progress.stop();
    screen.note(`the run goes on; see: runs show ${_id}`);
    process.exit(128 + number);
  };
  for (const signal of SIGNALS) process.once(signal, leave);
  try {
    return await api.untilOver(
      _id,
      ({ status, progress: { planned, done, total } }) =>
        progress.update(done, Math.max(total, 1), planned ? status : 'finding accounts'),
      Number.POSITIVE_INFINITY,
    );
  } finally {
    progress.stop();
    for (const signal of SIGNALS) process.removeListener(signal, leave);
  }
}
