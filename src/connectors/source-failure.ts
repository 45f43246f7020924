import type { Gap } from '../observations/observation.ts';

/** A failure of a source that we understand, on its way to becoming a gap. Readings throw it, `runCollector` catches it. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly gap: Gap;

  constructor(gap: Gap, cause?: unknown) {
    super(gap.message, { cause });
    this.gap = gap;
  }
}

/** The thing was deleted between the listing and the look at it: it is simply absent. Thrown inside `oneItem` only. */
export class Vanished extends Error {
  override readonly name = 'Vanished';
}

/** A collector made a call that it did not declare. A bug of ours: never a gap. */
export class UndeclaredCall extends Error {
  override readonly name = 'UndeclaredCall';
}
