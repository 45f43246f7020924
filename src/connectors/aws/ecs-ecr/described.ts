import type { Failure } from '@aws-sdk/client-ecs';
import type { Gap } from '../../../observations/observation.ts';
import { answered, readItem } from '../reading.ts';

/** What a call told about several things at once. What is in neither is not known, and a gap has been yielded. */
export interface Described<Thing> {
  readonly things: ReadonlyMap<string, Thing>;
  /** ARNs of what vanished between the listing and the call. */
  readonly gone: ReadonlySet<string>;
}

interface Batch<Thing> {
  readonly action: string;
  readonly arns: readonly string[];
  /** What a gap of the whole batch names. */
  readonly item: string;
  readonly read: () => Promise<{
    readonly things: readonly Thing[] | undefined;
    readonly failures: readonly Failure[] | undefined;
  }>;
  readonly arnOf: (thing: Thing) => string | undefined;
}

/**
 * Describes several things by one call, which answers for each by itself.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
 */
export async function* described<Thing>(batch: Batch<Thing>): AsyncGenerator<Gap, Described<Thing>, undefined> {
  const { action, arns, item } = batch;
  const answer = yield* readItem(
    { action, item, absent: ['ClusterNotFoundException', 'ResourceNotFoundException'] },
    async () => {
      const { things, failures = [] } = await batch.read();
      return { things: answered(things, 'list'), failures };
    },
  );
  if (!answer.known) return { things: new Map(), gone: new Set() };
  if (!answer.value) return { things: new Map(), gone: new Set(arns) };
  const things = new Map<string, Thing>();
  for (const thing of answer.value.things) things.set(batch.arnOf(thing) ?? '', thing);
  const failures = new Map(answer.value.failures.map(({ arn, reason }) => [arn, reason]));
  const gone = new Set(arns.filter((arn) => failures.get(arn) === 'MISSING'));
  for (const arn of arns) {
    if (things.has(arn) || gone.has(arn)) continue;
    const message = `the answer says nothing about it${failures.has(arn) ? `: ${failures.get(arn)}` : ''}`;
    yield { kind: 'gap', code: 'unreadable_item', action, item: arn, message };
  }
  return { things, gone };
}

/** A list in pieces of at most `size`. */
export function* inBatches<Item>(items: readonly Item[], size: number): Generator<readonly Item[], void, undefined> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
