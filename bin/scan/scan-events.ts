import type { Cell } from '../../src/runs/cell.ts';
import type { StitchOutcome } from '../../src/stitch/stitch.ts';
import type { GivenUp } from './fifo-queue.ts';

/** Whoever watches a scan is told what happens, as it happens. */
export interface ScanEvents {
  /** Cells were planned; some twice, where planning began again. */
  readonly planned: (cells: readonly Cell[]) => void;
  /** A worker took up a cell. */
  readonly began: (cell: Cell) => void;
  readonly ended: (cell: Cell) => void;
  readonly stitched: (outcome: StitchOutcome) => void;
  /** A message was given up. */
  readonly given_up: (letter: GivenUp) => void;
  /** Work on a message threw; it comes again. */
  readonly failed: (error: unknown) => void;
}
