/**
 * A URL as endpoints are compared: scheme, host in lower case, port if it is not the scheme's own, path without a slash at
 * its end. Query, fragment and user are dropped: they may hold secrets. Undefined where the text names no one endpoint
 * (no URL, not HTTP, or with variables in braces).
 */
export function canonicalEndpoint(text: string | undefined): string | undefined {
  if (!text || !URL.canParse(text) || /[{}]|%7[bd]/i.test(text)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  return `${protocol}//${hostname.replace(/\.$/, '')}${port && `:${port}`}${pathname.replace(/\/+$/, '')}`;
}
