import type { RunStatus } from '../../src/runs/run.ts';

/** What the exit code of the CLI says. Anything that failed and explained itself is `failed` as well. */
export const EXIT = { fine: 0, failed: 1, usage: 2, partial: 3 } as const;

/** How a command ends that waited for a run. */
export function exitCodeOf(status: RunStatus): number {
  if (status === 'succeeded') return EXIT.fine;
  return status === 'partial' ? EXIT.partial : EXIT.failed;
}
