import { Cron } from 'croner';
import * as z from 'zod';
import { type IsoTime, isoTime, later, MINUTE } from '../kernel/time.ts';

/** The shortest time between two runs of a schedule. */
const SHORTEST = 5 * MINUTE;
const MONTH_OF_MINUTES = 31 * 24 * 60;

/** Five fields with one space between them: not the seconds, years and nicknames that the library also knows. */
const FIVE_FIELDS = /^[0-9A-Za-z*,/#-]+( [0-9A-Za-z*,/#-]+){4}$/;
/** A name of the IANA time zone database; offsets such as +02:00, which know no daylight saving, are none. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;

const EveryMinutes = z.strictObject({
  every_minutes: z
    .number()
    .multipleOf(1, 'must be whole minutes')
    .min(SHORTEST / MINUTE)
    .max(MONTH_OF_MINUTES),
});

const CronTimes = z.strictObject({
  cron: z
    .string()
    .max(100)
    .superRefine((pattern, context) => {
      const wrong = wrongWith(pattern);
      if (wrong) context.addIssue({ code: 'custom', message: wrong });
    })
    .describe('Five fields: minute, hour, day of month, month, day of week; at least 5 minutes apart'),
  timezone: z
    .string()
    .max(60)
    .refine(isTimeZone, 'must be a time zone of the IANA database, such as Europe/Berlin')
    .describe('IANA name of the time zone that the fields are meant in'),
});

/** How often: by a period, or at times of a clock on the wall somewhere. */
export const Schedule = z.union([EveryMinutes, CronTimes], {
  error:
    'must be {"every_minutes": <number>} or {"cron": "<five fields>", "timezone": "<IANA name>"}, and nothing beside',
});
export type Schedule = z.infer<typeof Schedule>;

/**
 * When a schedule is due next after a moment; undefined without a schedule. A time that the clock on the wall leaves out when
 * summer begins is due at the moment of the jump; one that it shows twice when summer ends is due the first time. Patterns with
 * `*` in hour or minute (every half hour) follow the clock through both.
 */
export function nextRunAt({ schedule }: { readonly schedule?: Schedule }, after: Date): IsoTime | undefined {
  if (!schedule) return undefined;
  if ('every_minutes' in schedule) return isoTime(later(after, schedule.every_minutes * MINUTE));
  const next = clock(schedule.cron, schedule.timezone).nextRun(after);
  return next ? isoTime(next) : undefined;
}

const clock = (pattern: string, timezone: string): Cron =>
  new Cron(pattern, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });

/** A leap year's first day: what comes on 29 February comes soon. */
const SOMEDAY = new Date('2024-01-01T00:00:00.000Z');
/** One minute of an hour: an hour at least between two runs. */
const ONE_MINUTE = /^\d+ /;
/** Enough times to meet two that lie close together across an hour, a day or a month. */
const LOOKED_AT = 1_000;

function wrongWith(pattern: string): string | undefined {
  if (!FIVE_FIELDS.test(pattern)) return 'must be five fields with one space between them, such as 30 2 * * 1-5';
  let times: Cron;
  try {
    // Distances are the same in any zone, and found faster without one.
    times = new Cron(pattern, { utcOffset: 0, mode: '5-part', paused: true });
  } catch (error) {
    return `is not a cron expression: ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : error}`;
  }
  let last = times.nextRun(SOMEDAY);
  if (!last) return 'names a time that never comes';
  if (ONE_MINUTE.test(pattern)) return undefined;
  for (let looked_at = 1; last && looked_at < LOOKED_AT; looked_at += 1) {
    const next = times.nextRun(last);
    if (next && next.getTime() - last.getTime() < SHORTEST) return 'must leave at least 5 minutes between two runs';
    last = next;
  }
  return undefined;
}

function isTimeZone(name: string): boolean {
  if (!ZONE_NAME.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
