import * as z from 'zod';
import { AppError } from '../kernel/failures.ts';
import type { Clock } from '../kernel/time.ts';
import type { BetterWords, CheckFinding } from './check.ts';
import type { SourceAnswer, SourceNetwork } from './source-request.ts';
import { unreachable } from './source-request.ts';

/** What the check of a source other than AWS is given beside its config. */
export interface SourceCheckDeps {
  readonly network: SourceNetwork;
  /** Reads the secret that the instance refers to. Throws AppError `credentials_invalid` where it cannot be read. */
  readonly secret: () => Promise<string>;
  /** The secret's name, for remedies. */
  readonly credentials_ref: string;
  readonly now: Clock;
}

/** Said of a connection that works, as long as there is nothing yet that would scan over it. */
export const CONNECTOR_FOLLOWS = 'the connection works; scans follow with the connector for this kind of source';

/** An answer with a token that fits into a header; of any other, whoever refuses the header would quote it. */
export const Token = z.object({ access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/) });

type Words = Partial<Record<AppError['code'], Pick<Required<CheckFinding>, 'remedy' | 'responsible'>>>;

/** A source's own words for some failures; for the others the table's. */
export const wordsFrom =
  (words: Words): BetterWords =>
  ({ code }) =>
    words[code] ?? {};

/** A secret that holds a JSON object. Nothing of it is quoted: neither what it holds nor what a parser says about it. */
export function parsedSecret(text: string, shape: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // The parser's message quotes what it could not read.
  }
  throw unusable(shape);
}

/** The secret does not have the shape that is asked for. */
export const unusable = (shape: string): AppError =>
  new AppError('credentials_invalid', `the secret is not a JSON object with ${shape}`);

/** What an answer other than a good one means, where the source has nothing of its own to say about it. */
export function unexpected(host: string, { status, body }: SourceAnswer): AppError {
  return unreachable(
    host,
    body === undefined ? `answered with something that is not JSON (${status})` : `answered with status ${status}`,
  );
}
