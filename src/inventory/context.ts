import type { Tenancy } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';

/** Who writes into the inventory: one attempt at one part of one cell. */
export interface CellContext extends Tenancy {
  readonly instance_id: string;
  readonly run_id: string;
  /** `seq` of the run: monotonic per instance, the order in which claims are believed. */
  readonly seq: number;
  readonly cell_id: string;
  /** `<category>:<account_id>`: claims are owned under it, over all runs. */
  readonly cell: string;
  readonly part: number;
  /** When this attempt began to look. Everything that it sees was observed then, as far as documents tell. */
  readonly observed_at: IsoTime;
  /** Whether the cell's head is still ours. Asked before every write. */
  readonly still_mine: () => boolean;
}

/** The worker no longer owns the head of its cell: another one has taken over, or may do so at any moment. It stops, writing nothing more. */
export class FenceLost extends Error {
  override readonly name = 'FenceLost';
}

/** Throws FenceLost unless the cell's head is still ours. */
export function assertMine(context: Pick<CellContext, 'cell_id' | 'still_mine'>): void {
  if (!context.still_mine()) throw new FenceLost(`the lease on cell ${context.cell_id} is no longer ours`);
}
