import { describe, expect, it } from 'vitest';
import { nextRunAt, Schedule } from '../../src/control/schedule.ts';

/** The next times of a cron schedule after a moment. */
function times(cron: string, timezone: string, after: string, count: number): readonly string[] {
  const found: string[] = [];
  for (let at = after; found.length < count; ) {
    at = nextRunAt({ schedule: { cron, timezone } }, new Date(at)) ?? 'never';
    found.push(at.replace(/:00\.000Z$/, ''));
  }
  return found;
}

const refused = (schedule: unknown): string | undefined => {
  const issue = Schedule.safeParse(schedule).error?.issues[0];
  return issue && [issue.path.join('.') || 'schedule', issue.message].join(': ');
};

describe('a schedule', () => {
  it.each([
    { every_minutes: 5 },
    { every_minutes: 44_640 },
    { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
    { cron: '*/5 * * * *', timezone: 'UTC' },
    { cron: '0 0 L * *', timezone: 'America/Argentina/Buenos_Aires' },
    { cron: '0,57 9 * * MON-FRI', timezone: 'Asia/Kolkata' },
    { cron: '0 3 29 2 *', timezone: 'Etc/GMT+5' },
  ])('may be %j', (schedule) => {
    expect(refused(schedule)).toBeUndefined();
  });

  it.each([
    ['one that never rests', { every_minutes: 4 }, /^every_minutes: /],
    ['one of half minutes', { every_minutes: 7.5 }, /^every_minutes: must be whole minutes/],
    ['one that is endless', { every_minutes: Number.POSITIVE_INFINITY }, /^schedule: must be /],
    ['one of over a month', { every_minutes: 44_641 }, /^every_minutes: /],
    ['a period as text', { every_minutes: '60' }, /^schedule: must be \{"every_minutes"/],
    ['both ways at once', { every_minutes: 60, cron: '0 0 * * *', timezone: 'UTC' }, /^schedule: must be /],
    ['a cron without a time zone', { cron: '0 0 * * *' }, /^schedule: must be /],
    ['a time zone alone', { timezone: 'UTC' }, /^schedule: must be /],
    ['nothing', {}, /^schedule: must be /],
    ['text', '0 0 * * *', /^schedule: must be /],
    ['six fields', { cron: '0 0 0 * * *', timezone: 'UTC' }, /^cron: must be five fields/],
    ['four fields', { cron: '0 0 * *', timezone: 'UTC' }, /^cron: must be five fields/],
    ['a nickname', { cron: '@daily', timezone: 'UTC' }, /^cron: must be five fields/],
    ['a line end', { cron: '0 0 * * *\n', timezone: 'UTC' }, /^cron: must be five fields/],
    ['two spaces', { cron: '0  0 * * *', timezone: 'UTC' }, /^cron: must be five fields/],
    ['digits of another script', { cron: '\u0663 0 * * *', timezone: 'UTC' }, /^cron: must be five fields/],
    ['a minute that is none', { cron: '60 0 * * *', timezone: 'UTC' }, /^cron: is not a cron expression: .*minute: 60/],
    ['a step of nothing', { cron: '*/0 * * * *', timezone: 'UTC' }, /^cron: is not a cron expression/],
    ['a range backwards', { cron: '0 5-1 * * *', timezone: 'UTC' }, /^cron: is not a cron expression/],
    ['every minute', { cron: '* * * * *', timezone: 'UTC' }, /^cron: must leave at least 5 minutes/],
    ['every four minutes', { cron: '*/4 0 1 1 *', timezone: 'UTC' }, /^cron: must leave at least 5 minutes/],
    ['two minutes across an hour', { cron: '0,58 * * * *', timezone: 'UTC' }, /^cron: must leave at least 5/],
    ['two minutes across midnight', { cron: '0,58 0,23 1,31 * *', timezone: 'UTC' }, /^cron: must leave at least 5/],
    [
      'two minutes across midnight, only at the end of a month',
      { cron: '0,10,20,30,40,58 0,2,4,6,8,10,12,14,16,18,20,23 1,31 * *', timezone: 'UTC' },
      /^cron: must leave at least 5/,
    ],
    ['31 February', { cron: '0 0 31 2 *', timezone: 'UTC' }, /^cron: names a time that never comes/],
    ['a very long list', { cron: `${'1,'.repeat(60)}1 * * * *`, timezone: 'UTC' }, /^cron: /],
    ['a zone on Mars', { cron: '0 0 * * *', timezone: 'Mars/Phobos' }, /^timezone: must be a time zone/],
    ['an offset', { cron: '0 0 * * *', timezone: '+02:00' }, /^timezone: must be a time zone/],
    ['an empty zone', { cron: '0 0 * * *', timezone: '' }, /^timezone: must be a time zone/],
    ['a zone with a step upwards', { cron: '0 0 * * *', timezone: '../UTC' }, /^timezone: must be a time zone/],
  ])('may not be %s, naming the field', (_what, schedule, says) => {
    expect(refused(schedule)).toMatch(says);
  });
});

describe('the next time', () => {
  it('is a period away, or never without a schedule', () => {
    expect(nextRunAt({ schedule: { every_minutes: 5 } }, new Date('2026-11-23T08:13:00.000Z'))).toBe(
      '2026-11-23T08:18:00.000Z',
    );
    expect(nextRunAt({}, new Date())).toBeUndefined();
  });

  it('is after the moment, not at it', () => {
    expect(times('0 9 * * *', 'UTC', '2026-11-23T09:00:00.000Z', 1)).toEqual(['2026-11-24T09:00']);
  });

  it('is meant in its time zone, summer and winter', () => {
    expect(times('0 9 * * *', 'America/New_York', '2026-10-31T00:00:00.000Z', 2)).toEqual([
      '2026-10-31T13:00',
      '2026-11-01T14:00',
    ]);
  });

  // Berlin: on 29 March 2026 the clock jumps from 02:00 to 03:00; on 25 October it shows 02:00 to 03:00 twice.
  it('that the clock leaves out comes at the moment of the jump, once', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00.000Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(times('0,30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00.000Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:00',
    ]);
  });

  it('that the clock shows twice comes the first time only', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00.000Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:45:00.000Z', 1)).toEqual(['2026-10-26T01:30']);
  });

  it('of every half hour comes every half hour through both', () => {
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:15:00.000Z', 4)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
    ]);
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:15:00.000Z', 3)).toEqual([
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ]);
  });

  it('is right where the clock jumps by half an hour', () => {
    expect(times('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00.000Z', 2)).toEqual([
      '2026-10-03T15:30',
      '2026-10-04T15:15',
    ]);
  });
});
