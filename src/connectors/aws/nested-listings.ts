import * as z from 'zod';
import type { Observation } from '../../observations/observation.ts';
import { SourceFailure } from '../source-failure.ts';
import { isGone } from './aws-failure.ts';
import { malformed, readListing, resumedPage } from './reading.ts';

const StepSchema = z.strictObject({
  /** Which listing: the collector's own word. */
  list: z.string(),
  /** What is listed of: the ARN or name of a thing that an earlier listing brought. Absent for the outermost listing. */
  parent: z.string().optional(),
  token: z.string().optional(),
});

/** One page of a listing that is still to be asked for: of listings whose items have listings of their own. */
export type ListingStep = z.infer<typeof StepSchema>;

const Pending = z.array(StepSchema);

/** What a page left to be done. */
export interface StepOutcome {
  readonly next: string | undefined;
  /** The listings of what the page brought. */
  readonly below?: readonly ListingStep[];
}

/** Asks for the page of a step. Throws `SourceFailure`. */
export type ReadPage = <Page>(action: string, fetch: (token: string | undefined) => Promise<Page>) => Promise<Page>;

export interface NestedListings {
  readonly first: string;
  /** Of an earlier checkpoint. One that is not ours begins again. */
  readonly cursor: string | undefined;
  readonly look: (step: ListingStep, read: ReadPage) => AsyncGenerator<Observation, StepOutcome, undefined>;
}

/**
 * Page after page, down before on, so that what is still to be done stays short: it is the cursor. A listing of one parent
 * that fails is one gap that names the parent, and the others go on; a parent that vanished is absent.
 */
export async function* nestedListings({
  first,
  cursor,
  look,
}: NestedListings): AsyncGenerator<Observation, void, undefined> {
  const resumed = cursor === undefined ? undefined : pendingFrom(cursor);
  let pending: readonly ListingStep[] = resumed ?? [{ list: first }];
  let resuming = resumed !== undefined;
  for (let step = pending.at(-1); step; step = pending.at(-1)) {
    const { next, below = [] } = yield* pageOf(step, look, resuming);
    resuming = false;
    pending = [...pending.slice(0, -1), ...(next ? [{ ...step, token: next }] : []), ...below.toReversed()];
    if (pending.length > 0) yield { kind: 'checkpoint', cursor: JSON.stringify(pending) };
  }
}

async function* pageOf(
  step: ListingStep,
  look: NestedListings['look'],
  resuming: boolean,
): AsyncGenerator<Observation, StepOutcome, undefined> {
  let asked = step.list;
  const read: ReadPage = (action, fetch) => {
    asked = action;
    // The token of an earlier part may have expired: then this listing begins again, and not those around it.
    return resuming ? resumedPage(action, step.token, fetch) : readListing(action, () => fetch(step.token));
  };
  try {
    const outcome = yield* look(step, read);
    if (outcome.next && outcome.next === step.token && !resuming) {
      throw malformed(asked, 'the same page token came back');
    }
    return outcome;
  } catch (error) {
    if (step.parent === undefined) throw error;
    if (isGone(error)) return { next: undefined };
    if (!(error instanceof SourceFailure)) throw error;
    yield { ...error.gap, item: step.parent };
    return { next: undefined };
  }
}

/** The pending steps of a cursor; undefined where the cursor is none of ours. */
function pendingFrom(cursor: string): readonly ListingStep[] | undefined {
  try {
    return Pending.parse(JSON.parse(cursor));
  } catch {
    return undefined;
  }
}
