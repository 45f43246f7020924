/** Where time comes from: an argument everywhere, so that the domain has no clock of its own. */
export type Clock = () => Date;

/** A moment as ISO 8601 in UTC, with milliseconds: `2026-11-21T12:00:00.000Z`. */
export type IsoTime = string;

export const isoTime = (date: Date): IsoTime => date.toISOString();

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** The moment `milliseconds` after a date. */
export const later = (date: Date, milliseconds: number): Date => new Date(date.getTime() + milliseconds);
