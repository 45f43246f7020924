import * as z from 'zod';
import type { Json } from '../../../kernel/canonical.ts';

/** What is kept of a credential: which, of what kind, and how long it is good. No hint, no key, no thumbprint. */
const Credential = z.object({
  keyId: z.string(),
  displayName: z.string().nullish(),
  type: z.string().nullish(),
  usage: z.string().nullish(),
  startDateTime: z.string().nullish(),
  endDateTime: z.string().nullish(),
});

/** Fields of applications and service principals alike: either may hold credentials. */
export const Credentials = {
  passwordCredentials: z.array(Credential).nullish(),
  keyCredentials: z.array(Credential).nullish(),
};

interface Holder {
  readonly passwordCredentials?: readonly z.infer<typeof Credential>[] | null | undefined;
  readonly keyCredentials?: readonly z.infer<typeof Credential>[] | null | undefined;
}

/** The credentials of an application or service principal; undefined where neither list was returned. */
export function credentialsOf({ passwordCredentials, keyCredentials }: Holder): Json | undefined {
  if (!passwordCredentials && !keyCredentials) return undefined;
  return [...(passwordCredentials ?? []).map(shown('password')), ...(keyCredentials ?? []).map(shown('key'))].sort(
    (a, b) => (a.key_id < b.key_id ? -1 : 1),
  );
}

const shown = (kind: 'password' | 'key') => (credential: z.infer<typeof Credential>) => ({
  kind,
  key_id: credential.keyId,
  display_name: credential.displayName ?? null,
  type: credential.type ?? null,
  usage: credential.usage ?? null,
  starts_at: credential.startDateTime ?? null,
  ends_at: credential.endDateTime ?? null,
});
