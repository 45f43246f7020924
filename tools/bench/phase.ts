import { readFileSync, writeFileSync } from 'node:fs';

/** What one phase of a piece of work cost. */
export interface PhaseCost {
  readonly phase: string;
  readonly seconds: number;
  /** Processor time of all threads of the process: what collects garbage and compiles beside the main thread counts as well. */
  readonly processor_seconds: number;
  /** Highest resident memory of the process while the phase ran. */
  readonly peak_mb: number;
}

/** Measures synchronous work, a phase at a time, and tells when one is over. What runs between two phases is in none. */
export function phases(told: (cost: PhaseCost) => void = () => undefined) {
  const costs: PhaseCost[] = [];
  return {
    costs: (): readonly PhaseCost[] => costs,
    /** Runs a phase, which may run in pieces: `pause` takes the time of what is not part of it. */
    run: <T>(phase: string, work: (pause: <P>(work: () => P) => P) => T): T => {
      resetPeak();
      const started = performance.now();
      const busy = process.cpuUsage();
      let paused = 0;
      let idle = 0;
      const result = work((aside) => {
        const from = performance.now();
        const cpu = process.cpuUsage();
        const made = aside();
        paused += performance.now() - from;
        idle += total(process.cpuUsage(cpu));
        return made;
      });
      const cost: PhaseCost = {
        phase,
        seconds: (performance.now() - started - paused) / 1_000,
        processor_seconds: (total(process.cpuUsage(busy)) - idle) / 1_000_000,
        peak_mb: peakMb(),
      };
      costs.push(cost);
      told(cost);
      return result;
    },
  };
}

/** Processor time of the process since then: what other work on the machine takes is not in it. */
export const processorMs = (since: NodeJS.CpuUsage): number => total(process.cpuUsage(since)) / 1_000;

const total = ({ user, system }: NodeJS.CpuUsage): number => user + system;

/** Linux forgets the peak of a process that writes 5 here. https://www.kernel.org/doc/Documentation/filesystems/proc.rst */
function resetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function peakMb(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1_024);
}
