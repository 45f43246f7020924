import { CloudTrailClient, LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { assumedRolesCollector, PAGE_CAP } from '../../../../src/connectors/aws/cloudtrail/assumed-roles.ts';
import type { ObservedActivity } from '../../../../src/observations/observation.ts';
import type { Observed } from '../../observed.ts';
import { aClock } from '../a-clock.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const NOW = Date.parse('2026-04-01T00:00:00Z');
const NINETY_DAYS_AGO = '2026-01-01T00:00:00.000Z';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/pipeline`;
const DEPLOYER = `arn:aws:iam::${ACCOUNT}:user/deployer`;
const LAMBDA = { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' };

let clock = aClock(NOW);
const collector = assumedRolesCollector({ now: () => clock.now(), wait: (time) => clock.wait(time) });

/** So many seconds before `NOW`. */
const ago = (seconds: number): Date => new Date(NOW - seconds * 1_000);

const anEvent = (seconds: number, userIdentity: object = { type: 'IAMUser', arn: DEPLOYER }, roleArn = ROLE) => ({
  EventId: `e-${seconds}`,
  EventTime: ago(seconds),
  CloudTrailEvent: JSON.stringify({ userIdentity, requestParameters: { roleArn } }),
});

const activityOf = ({ observations }: Pick<Observed, 'observations'>): readonly ObservedActivity[] =>
  observations.filter((observation) => observation.kind === 'activity');

const valueIn = (seen: Observed, name: string) => activityOf(seen).find((activity) => activity.name === name)?.value;

const OF_ROLE = `assumed:AssumeRole:${ACCOUNT}:${REGION}`;
const EVIDENCE = `assumption_evidence:AssumeRole:${REGION}`;

const cloudtrail = mockClient(CloudTrailClient);
const lookups = (): readonly LookupEventsCommandInput[] =>
  cloudtrail.commandCalls(LookupEventsCommand).map(({ args }) => args[0].input);

/** What AWS answers to lookups of `AssumeRole`; there is nothing of the other events. */
function answersWith(...pages: readonly { readonly Events?: ReturnType<typeof anEvent>[]; readonly error?: Error }[]) {
  cloudtrail.on(LookupEventsCommand).callsFake(({ LookupAttributes, NextToken }: LookupEventsCommandInput) => {
    if (LookupAttributes?.[0]?.AttributeValue !== 'AssumeRole') return { Events: [] };
    const number = Number(NextToken ?? 0);
    const page = pages[number % pages.length];
    if (page?.error) throw page.error;
    return { Events: page?.Events, ...(number + 1 < pages.length ? { NextToken: `${number + 1}` } : {}) };
  });
}

beforeEach(() => {
  clock = aClock(NOW);
  cloudtrail.reset();
});

describe('what CloudTrail knows of a role', () => {
  it('is who assumed it last and how often each did, as activity and nothing else', async () => {
    answersWith({ Events: [anEvent(10, LAMBDA), anEvent(20), anEvent(30, LAMBDA)] });
    const seen = await look(collector);
    expect(seen.nodes).toEqual([]);
    expect(seen.edges).toEqual([]);
    const service = { kind: 'service', id: 'lambda.amazonaws.com' };
    expect(activityOf(seen)[0]).toEqual({
      kind: 'activity',
      entity: { entity_type: 'aws_iam_role', source_system_id: `aws:${ACCOUNT}`, source_record_id: ROLE },
      name: OF_ROLE,
      value: {
        last_assumed_at: ago(10).toISOString(),
        last_assumed_by: service,
        count: 3,
        principals: [
          { ...service, last_at: ago(10).toISOString(), count: 2 },
          { kind: 'user', id: DEPLOYER, last_at: ago(20).toISOString(), count: 1 },
        ],
        other_principals: 0,
        evidence_since: NINETY_DAYS_AGO,
      },
    });
  });

  it('reaches as far back as AWS keeps events, where all of them were read', async () => {
    answersWith({ Events: [anEvent(10)] });
    const seen = await look(collector);
    expect(valueIn(seen, EVIDENCE)).toEqual({ evidence_since: NINETY_DAYS_AGO, events: 1, everything_kept: true });
    expect(seen.row.status).toBe('complete');
  });

  it('is told of a region in which no role was assumed: it is not unknown', async () => {
    answersWith({ Events: [] });
    const seen = await look(collector);
    expect(activityOf(seen).map(({ name }) => name)).toEqual([
      EVIDENCE,
      `assumption_evidence:AssumeRoleWithWebIdentity:${REGION}`,
      `assumption_evidence:AssumeRoleWithSAML:${REGION}`,
    ]);
  });

  it('reaches back to the oldest event read where the cap was met, and is complete all the same', async () => {
    const pages = Array.from({ length: PAGE_CAP + 5 }, (_, number) => ({ Events: [anEvent(number)] }));
    answersWith(...pages);
    const seen = await look(collector);
    const evidence_since = ago(PAGE_CAP - 1).toISOString();
    expect(valueIn(seen, EVIDENCE)).toEqual({ evidence_since, events: PAGE_CAP, everything_kept: false });
    expect(valueIn(seen, OF_ROLE)).toMatchObject({ count: PAGE_CAP, evidence_since });
    expect(seen.row.status).toBe('complete');
  });

  it('names fifty principals and counts the others', async () => {
    const user = (number: number) => ({ type: 'IAMUser', arn: `${DEPLOYER}-${number}` });
    answersWith({ Events: Array.from({ length: 53 }, (_, number) => anEvent(number, user(number))) });
    const value = valueIn(await look(collector), OF_ROLE);
    expect(value).toMatchObject({ count: 53, other_principals: 3, last_assumed_by: { id: `${DEPLOYER}-0` } });
  });

  it('is told of a role of another account too, by the account that saw it', async () => {
    const foreign = 'arn:aws:iam::222222222222:role/theirs';
    answersWith({ Events: [anEvent(1, undefined, foreign)] });
    const [first] = activityOf(await look(collector));
    expect(first).toMatchObject({ entity: { source_system_id: 'aws:222222222222' }, name: OF_ROLE });
  });
});

describe('lookups', () => {
  it('are at most two a second, over all kinds of events', async () => {
    answersWith({ Events: [] }, { Events: [] }, { Events: [] });
    await look(collector);
    expect(lookups()).toHaveLength(5);
    expect(clock.waits).toEqual([500, 500, 500, 500]);
  });

  it('of one kind have one end, so that what comes meanwhile moves no page, and reach as far back as there is', async () => {
    answersWith({ Events: [] }, { Events: [] });
    await look(collector);
    const [first, second] = lookups();
    expect(first?.EndTime).toEqual(new Date(NOW));
    expect(second).toMatchObject({ EndTime: first?.EndTime, NextToken: '1' });
    expect(first).not.toHaveProperty('StartTime');
  });

  it('go on at the kind of event that an earlier part came to', async () => {
    answersWith({ Events: [] });
    const { cursors } = await look(collector);
    expect(cursors).toEqual(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']);
    cloudtrail.resetHistory();
    await look(collector, 'AssumeRoleWithSAML');
    expect(lookups().map(({ LookupAttributes }) => LookupAttributes?.[0]?.AttributeValue)).toEqual([
      'AssumeRoleWithSAML',
    ]);
  });

  it('begin at the first where nobody knows the cursor any more', async () => {
    answersWith({ Events: [] });
    await look(collector, 'AssumeRoot');
    expect(lookups()).toHaveLength(3);
  });

  it('that are refused are a gap, and no roles that nobody assumed', async () => {
    cloudtrail.on(LookupEventsCommand).rejects(awsError('AccessDeniedException'));
    const { observations, row } = await look(collector);
    expect(observations).toEqual([
      expect.objectContaining({ kind: 'gap', code: 'access_denied', action: 'cloudtrail:LookupEvents' }),
    ]);
    expect(row.status).toBe('denied');
  });

  it('that fail midway leave what was read, which reaches less far back', async () => {
    answersWith({ Events: [anEvent(10)] }, { error: awsError('ThrottlingException') });
    const seen = await look(collector);
    expect(valueIn(seen, OF_ROLE)).toMatchObject({ count: 1, evidence_since: ago(10).toISOString() });
    expect(seen.gaps).toEqual([expect.objectContaining({ code: 'throttled' })]);
    expect(seen.row.status).toBe('failed');
  });

  it('an event that makes no sense is one gap, and the others count', async () => {
    answersWith({ Events: [{ ...anEvent(1), CloudTrailEvent: 'oops alice@example.com' }, anEvent(2)] });
    const seen = await look(collector);
    expect(seen.gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'event e-1' })]);
    expect(valueIn(seen, OF_ROLE)).toMatchObject({ count: 1 });
    expect(JSON.stringify(seen)).not.toContain('alice');
  });

  it('an answer without its list is malformed', async () => {
    cloudtrail.on(LookupEventsCommand).resolves({});
    expect((await look(collector)).row.status).toBe('failed');
  });
});
