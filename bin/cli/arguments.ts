import { InvalidArgumentError } from 'commander';

/** A whole number of at least one, from an argument. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** The key of a cell, `<category>:<account>`, from an argument. */
export function cellKey(text: string): string {
  if (!/^[a-z0-9_]+:\d{12}$/.test(text)) {
    throw new InvalidArgumentError('It must be <category>:<account>, such as aws_iam:111111111111.');
  }
  return text;
}
