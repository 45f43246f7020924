import { hashOf } from '../../src/kernel/canonical.ts';
import { AppError } from '../../src/kernel/failures.ts';
import { derivedId } from '../../src/kernel/ids.ts';
import { isDuplicateKey } from '../../src/store/database.ts';
import type { Checked } from './route.ts';

/** 1 to 200 visible ASCII characters. */
const KEY = /^[\x21-\x7e]{1,200}$/;

/**
 * Digits of an id that comes from a key: 128 bits, and short enough for the names that are made of ids (a deduplication id has
 * 128 characters). https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const ID_DIGITS = 32;

/** A document that tells what was asked for when it was made under a key. Callers are not shown it. */
export interface MadeOnce {
  readonly request_hash?: string;
}

/** Under which id something is to be made, and what it is to keep. */
export interface Making extends MadeOnce {
  readonly id: string;
}

/** How something is found by its id, as far as the caller may see it, and made. `make` fails where the id is taken. */
export interface OnceStore<D extends MadeOnce> {
  readonly find: (id: string) => Promise<D | undefined>;
  readonly make: (making: Making) => Promise<D>;
}

/**
 * Makes what a POST asks for, and with the header `Idempotency-Key` makes it once: the same caller, route, key and body come
 * to the same document, as it is by then, also at the same instant. Throws AppError `body_invalid`, naming
 * the header, where the key is none, and `conflict` where it was used for another body.
 */
export async function makeOnce<D extends MadeOnce>(
  { caller, idempotency_key, body }: Pick<Checked<unknown, unknown>, 'caller' | 'idempotency_key' | 'body'>,
  route: string,
  newId: () => string,
  { find, make }: OnceStore<D>,
): Promise<D> {
  if (idempotency_key === undefined) return make({ id: newId() });
  if (!KEY.test(idempotency_key)) throw noKey();
  const id = derivedId(caller.tenant_id, route, caller.subject, idempotency_key).slice(0, ID_DIGITS);
  const request_hash = hashOf(body);
  const made = await find(id);
  if (made) return sameRequest(made, request_hash);
  try {
    return await make({ id, request_hash });
  } catch (error) {
    // Somebody with the same key was faster, or it was made and what followed failed.
    const there = await find(id);
    if (there) return sameRequest(there, request_hash);
    // It is there and not to be seen: the key was used with another token.
    if (isDuplicateKey(error)) throw usedOtherwise();
    throw error;
  }
}

function sameRequest<D extends MadeOnce>(made: D, request_hash: string): D {
  if (made.request_hash !== request_hash) throw usedOtherwise();
  return made;
}

const usedOtherwise = (): AppError =>
  new AppError('conflict', 'Idempotency-Key: was used for another request; take a new key for a new request', {
    details: { field: 'Idempotency-Key' },
  });

const noKey = (): AppError =>
  new AppError('body_invalid', 'Idempotency-Key: must be 1 to 200 visible ASCII characters', {
    details: { field: 'Idempotency-Key' },
  });
