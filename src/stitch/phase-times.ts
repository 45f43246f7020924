import type { ComputationPhase } from './computation.ts';

/** Times phases that begin one after the other, by a clock in milliseconds. */
export function phaseTimes(clock: () => number) {
  const durations: Partial<Record<ComputationPhase, number>> = {};
  let current: { readonly phase: ComputationPhase; readonly began: number } | undefined;
  const end = (): void => {
    if (current) durations[current.phase] = (durations[current.phase] ?? 0) + clock() - current.began;
    current = undefined;
  };
  return {
    /** A phase begins, and so the one before it is over. */
    phase(phase: ComputationPhase): void {
      end();
      current = { phase, began: clock() };
    },
    /** The last phase is over. */
    durations_ms(): Readonly<Partial<Record<ComputationPhase, number>>> {
      end();
      return durations;
    },
  };
}
