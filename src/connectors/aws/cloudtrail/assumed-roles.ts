import { CloudTrailClient, LookupEventsCommand, type LookupEventsResponse } from '@aws-sdk/client-cloudtrail';
import { DAY } from '../../../kernel/time.ts';
import type { Observation } from '../../../observations/observation.ts';
import { SourceFailure } from '../../source-failure.ts';
import { accountRef, arnRef } from '../entity-ref.ts';
import { pace, REAL_TIME, type Timing } from '../pace.ts';
import { listed, oneItem, pages } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { ASSUMING_EVENTS, type AssumingEvent, toAssumption } from './assumption.ts';
import { AssumptionTally } from './assumption-tally.ts';

const LOOKUP = 'cloudtrail:LookupEvents';

/**
 * "The rate of lookup requests is limited to two per second, per account, per Region", and 50 events are the most of one.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
const CALLS_A_SECOND = 2;
const PAGE_SIZE = 50;

/** Pages read of each kind of event in each region, newest first: 1,000 events in 10 seconds. What is older is not looked at. */
export const PAGE_CAP = 20;

/** How far back AWS keeps events for a lookup. */
const KEPT = 90 * DAY;

/**
 * Execution evidence: who assumed which role in a region, by the events of its last 90 days or of `PAGE_CAP` pages,
 * whichever is less. All of it is activity. `evidence_since` says how far back it reaches; having read that far is to be
 * complete. Both sides of an assumption across accounts see it: the caller's knows its ARN, the role's only its account
 * and unique id. So a value names the account and region where it was seen, and is not to be added to another's.
 */
export const assumedRolesCollector = (timing: Timing): AwsCollector => ({
  id: 'cloudtrail.assumed-roles',
  category: 'aws_cloudtrail',
  regional: true,
  entity_types: [],
  edge_types: [],
  actions: [LOOKUP],
  async *collect(session, cursor) {
    const turn = pace(CALLS_A_SECOND, timing);
    const names: readonly (string | undefined)[] = ASSUMING_EVENTS;
    const remaining = ASSUMING_EVENTS.slice(Math.max(0, names.indexOf(cursor)));
    for (const [index, event_name] of remaining.entries()) {
      if (index > 0) yield { kind: 'checkpoint', cursor: event_name };
      yield* evidenceOf(session, event_name, turn, timing);
    }
  },
});

/** The same in real time. */
export const assumedRoles: AwsCollector = assumedRolesCollector(REAL_TIME);

/** What happened to one kind of event: all that was read is told, even where a later page failed. Throws `SourceFailure`. */
async function* evidenceOf(
  session: AwsSession,
  event_name: AssumingEvent,
  turn: () => Promise<void>,
  timing: Timing,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(CloudTrailClient);
  // One end for all pages, so that events that come meanwhile do not move them. Without a beginning it is all that is kept:
  // a beginning of ours could be a moment older than AWS has it, which it refuses.
  const EndTime = new Date(timing.now());
  const listing = pages<LookupEventsResponse>({
    action: LOOKUP,
    fetch: async (NextToken) => {
      await turn();
      return client.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: event_name }],
          EndTime,
          MaxResults: PAGE_SIZE,
          NextToken,
        }),
      );
    },
    next: (page) => page.NextToken,
  });
  const tally = new AssumptionTally();
  const read = { events: 0, pages: 0, oldest: EndTime, ended: false };
  let failure: SourceFailure | undefined;
  try {
    for await (const page of listing) {
      for (const event of listed(LOOKUP, page.Events)) {
        yield* oneItem({ action: LOOKUP, item: `event ${event.EventId ?? 'without an id'}` }, () => {
          const assumption = toAssumption(event, session.partition);
          if (assumption) tally.add(assumption);
          return [];
        });
        if (event.EventTime && event.EventTime < read.oldest) read.oldest = event.EventTime;
        read.events += 1;
      }
      read.pages += 1;
      read.ended = !page.NextToken;
      if (read.pages >= PAGE_CAP) break;
    }
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    failure = error;
  }
  const evidence_since = (read.ended ? new Date(EndTime.getTime() - KEPT) : read.oldest).toISOString();
  if (read.pages > 0) {
    for (const { role, facts } of tally.told()) {
      yield {
        kind: 'activity',
        entity: arnRef('aws_iam_role', role),
        name: `assumed:${event_name}:${session.account}:${session.region}`,
        value: { ...facts, evidence_since },
      };
    }
    yield {
      kind: 'activity',
      entity: accountRef(session.account, session),
      name: `assumption_evidence:${event_name}:${session.region}`,
      value: { evidence_since, events: read.events, everything_kept: read.ended },
    };
  }
  if (failure) throw failure;
}
