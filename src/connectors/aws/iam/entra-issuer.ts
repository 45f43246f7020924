/** Hosts of Microsoft's issuers: v1 tokens and v2 tokens, of the public and the national clouds. https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
const HOSTS: ReadonlySet<string> = new Set([
  'sts.windows.net',
  'sts.chinacloudapi.cn',
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
]);

/** The tenant of an Entra issuer's URL, in lower case; undefined where the issuer is another, or names no single tenant (`common`). */
export function entraTenantOf(url: string): string | undefined {
  const [, host = '', tenant] =
    /^https:\/\/([^/]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/|$)/i.exec(url) ?? [];
  return HOSTS.has(host.toLowerCase()) ? tenant?.toLowerCase() : undefined;
}
