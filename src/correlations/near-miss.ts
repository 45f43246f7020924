import type { Presented } from './rule.ts';

/** In what two keys differ that are otherwise one. */
export type NearMissKind = 'case' | 'tenant' | 'issuer' | 'scheme' | 'port' | 'path' | 'immutable_id';

/** What two sides present that is almost the same, and joins nothing. */
export interface NearMiss {
  readonly differs_in: NearMissKind;
  /** In words. */
  readonly message: string;
  readonly left: Presented;
  readonly right: Presented;
}

const WORDS: Readonly<Record<NearMissKind, string>> = {
  case: 'they differ only in case, and are compared as they are written',
  tenant: 'the id is the same, in another tenant',
  issuer:
    'the id and the tenant are the same, but the issuer is not to the letter one of Entra: a slash, or the version, is amiss',
  scheme: 'the address is the same but for its scheme',
  port: 'the address is the same but for its port',
  path: 'the host is the same, the path is another',
  immutable_id: 'the name is the same, which changes and may be given to somebody else: it joins nobody',
};

/** Everything that two sides present that is almost the same. */
export const nearMisses = (lefts: readonly Presented[], rights: readonly Presented[]): readonly NearMiss[] =>
  lefts.flatMap((left) =>
    rights.flatMap((right) => {
      const differs_in = differenceOf(left.key, right.key);
      return differs_in ? [{ differs_in, message: WORDS[differs_in], left, right }] : [];
    }),
  );

/** What two entities are both called, where names join nothing. */
export const sameNames = (lefts: readonly Presented[], rights: readonly Presented[]): readonly NearMiss[] =>
  lefts.flatMap((left) =>
    rights
      .filter(({ key }) => key === left.key)
      .map((right) => ({ differs_in: 'immutable_id', message: WORDS.immutable_id, left, right }) as const),
  );

function differenceOf(left: string, right: string): NearMissKind | undefined {
  if (left === right) return undefined;
  if (left.toLowerCase() === right.toLowerCase()) return 'case';
  if (isAddress(left) && isAddress(right)) return differenceOfAddresses(new URL(left), new URL(right));
  return differenceOfScoped(scoped(left), scoped(right));
}

const isAddress = (key: string): boolean => /^https?:/.test(key) && URL.canParse(key);

function differenceOfAddresses(left: URL, right: URL): NearMissKind | undefined {
  const different = [
    left.protocol === right.protocol ? [] : ['scheme' as const],
    left.port === right.port ? [] : ['port' as const],
    left.pathname === right.pathname ? [] : ['path' as const],
  ].flat();
  return left.hostname === right.hostname && different.length === 1 ? different[0] : undefined;
}

interface Scoped {
  readonly scope: string;
  readonly id: string;
}

/** A key `<tenant>/<id>`, in lower case; an issuer as scope has slashes of its own. */
function scoped(key: string): Scoped {
  const at = key.lastIndexOf('/');
  return { scope: key.slice(0, Math.max(at, 0)).toLowerCase(), id: key.slice(at + 1).toLowerCase() };
}

function differenceOfScoped(left: Scoped, right: Scoped): NearMissKind | undefined {
  if (left.id !== right.id || left.scope === '' || right.scope === '') return undefined;
  return left.scope.includes(right.scope) || right.scope.includes(left.scope) ? 'issuer' : 'tenant';
}
