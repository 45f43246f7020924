const TENANT = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
const SIGN_IN_HOSTS =
  'login\\.microsoftonline\\.com|login\\.microsoftonline\\.us|login\\.partner\\.microsoftonline\\.cn';

/**
 * The issuers of Entra, to the letter: that of v1 tokens has a slash at its end, that of v2 tokens has none, and AWS compares
 * them as they are. Both are one tenant.
 * https://learn.microsoft.com/entra/identity-platform/access-tokens
 * https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
 */
const ISSUERS = [
  new RegExp(`^https://(?:sts\\.windows\\.net|sts\\.chinacloudapi\\.cn)/${TENANT}/$`, 'i'),
  new RegExp(`^https://(?:${SIGN_IN_HOSTS})/${TENANT}/v2\\.0$`, 'i'),
];

/** Where tokens of one tenant are asked for; `common` and the like, and domain names, do not say whose they are. */
const SIGN_IN = new RegExp(`^https://(?:${SIGN_IN_HOSTS})(?::443)?/${TENANT}(?:/|$)`, 'i');

/** The tenant, in lower case, whose tokens bear an issuer; undefined of any other text, be it one slash away. */
export const tenantOfIssuer = (issuer: string): string | undefined =>
  ISSUERS.map((pattern) => pattern.exec(issuer)?.[1]?.toLowerCase()).find((tenant) => tenant !== undefined);

/** The tenant, in lower case, that a URL of Entra's sign-in names by its GUID; undefined where it names none. */
export const tenantOfSignIn = (url: string): string | undefined => SIGN_IN.exec(url)?.[1]?.toLowerCase();
