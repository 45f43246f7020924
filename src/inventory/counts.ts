/** Documents that a cell claims: those that it wrote, and those that it found as they should be. Far ends are counted in nothing. */
export interface ChangeCounts {
  /** Claimed now, and not before: new, seen again after it was retired, or until now only named by an edge. */
  readonly added: number;
  /** Claimed before and now, and what is said about it differs. */
  readonly changed: number;
  /** Claimed by nobody any more. */
  readonly removed: number;
  readonly unchanged: number;
}

export const NO_CHANGES: ChangeCounts = { added: 0, changed: 0, removed: 0, unchanged: 0 };

/** The sum of two counts. */
export const addCounts = (a: ChangeCounts, b: ChangeCounts): ChangeCounts => ({
  added: a.added + b.added,
  changed: a.changed + b.changed,
  removed: a.removed + b.removed,
  unchanged: a.unchanged + b.unchanged,
});
