import { InvalidArgumentError } from 'commander';

/** A whole number of at least one, from an argument. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** The key of a cell, `<category>:<account>`, from an argument; what is pushed has its instance in place of an account. */
export function cellKey(text: string): string {
  if (!/^[a-z0-9_]+:[\w-]+$/.test(text)) {
    throw new InvalidArgumentError('It must be <category>:<account>, such as aws_iam:111111111111.');
  }
  return text;
}

const UNITS = { m: 60, h: 3_600, d: 86_400 } as const;

/** A moment (ISO), from an argument that says one, or how long ago it was. */
export function moment(text: string): string {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const size = Object.entries(UNITS).find(([name]) => name === unit)?.[1];
  if (amount !== undefined && size !== undefined)
    return new Date(Date.now() - Number(amount) * size * 1_000).toISOString();
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError(
      'It must be a day (2026-11-21), a time with its zone (2026-11-21T09:30:00Z), or how long ago: 30m, 2h, 7d.',
    );
  }
  return new Date(time).toISOString();
}
