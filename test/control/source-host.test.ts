import { describe, expect, it } from 'vitest';
import { HOST_PATTERN, isAllowedHost, sourceAddress } from '../../src/control/source-host.ts';

const ALLOWED = ['*.service-now.com', 'itsm.example.com'];
const isTaken = (text: string): boolean => {
  const address = sourceAddress(text);
  return address !== undefined && isAllowedHost(address.host, ALLOWED);
};

describe('an address that a caller gives', () => {
  it.each(['https://example.service-now.com', 'https://dev-12.service-now.com', 'https://itsm.example.com'])(
    '%s is taken',
    (text) => {
      expect(isTaken(text)).toBe(true);
    },
  );

  it.each([
    ['a name that ends alike', 'https://evil-service-now.com'],
    ['a name that ends alike, with a label before it', 'https://x.evil-service-now.com'],
    ['the allowed name as a label of another', 'https://service-now.com.evil.example'],
    ['an allowed host as labels of another', 'https://example.service-now.com.evil.example'],
    ['the bare domain of a pattern', 'https://service-now.com'],
    ['two labels where the pattern has one', 'https://a.b.service-now.com'],
    ['a label before an exact name', 'https://x.itsm.example.com'],
    ['the star of the pattern itself', 'https://*.service-now.com'],
    ['an empty label', 'https://.service-now.com'],
    ['plain http', 'http://example.service-now.com'],
    ['another scheme', 'ftp://example.service-now.com'],
    ['no scheme', 'example.service-now.com'],
    ['a scheme in capitals', 'HTTPS://example.service-now.com'],
    ['user info that looks like the host', 'https://example.service-now.com@evil.example'],
    ['user info', 'https://user:secret@example.service-now.com'],
    ['a port', 'https://example.service-now.com:8443'],
    ['the default port', 'https://example.service-now.com:443'],
    ['a query', 'https://example.service-now.com?x=1'],
    ['a fragment', 'https://example.service-now.com#.evil.example'],
    ['a backslash', 'https://evil.example\\.service-now.com'],
    ['a slash before the allowed name', 'https://evil.example/.service-now.com'],
    ['an escaped slash', 'https://evil.example%2f.service-now.com'],
    ['an escaped dot', 'https://example%2eservice-now.com'],
    ['a trailing dot', 'https://example.service-now.com.'],
    ['two dots', 'https://example..service-now.com'],
    ['an IPv4 address', 'https://169.254.169.254'],
    ['an IPv4 address as one number', 'https://2852039166'],
    ['an IPv4 address in hexadecimal', 'https://0xa9.0xfe.0xa9.0xfe'],
    ['an IPv6 address', 'https://[::1]'],
    ['the loopback', 'https://localhost'],
    ['punycode', 'https://xn--example-9d0b.service-now.com'],
    ['letters that look alike', 'https://ex\u0430mple.service-now.com'],
    ['a full-width dot', 'https://example\uff0eservice-now.com'],
    ['an ideographic full stop', 'https://example\u3002service-now.com'],
    ['capitals', 'https://EXAMPLE.service-now.com'],
    ['a letter that folds into another', 'https://example.\u017fervice-now.com'],
    ['a line end after it', 'https://example.service-now.com\n'],
    ['a line end in it', 'https://evil.example\nexample.service-now.com'],
    ['a tab that parsers drop', 'https://example.ser\tvice-now.com'],
    ['a space before it', ' https://example.service-now.com'],
    ['a null', 'https://example.service-now.com\u0000.evil.example'],
    ['a hyphen at the end of a label', 'https://example-.service-now.com'],
    ['a label that is too long', `https://${'a'.repeat(64)}.service-now.com`],
    ['a name that is too long', `https://${'a.'.repeat(130)}service-now.com`],
    ['three slashes', 'https:///example.service-now.com'],
    ['one slash', 'https:/example.service-now.com'],
    ['nothing', ''],
  ])('with %s is not', (_what, text) => {
    expect(isTaken(text)).toBe(false);
  });

  it.each(['/..', '/../x', '/a/../b', '/.', '/a//b', '/a/', '/', '/a?b', '/a#b', '/a%2e', '/a\\b', '/\u00e4'])(
    'has no path such as %j',
    (path) => {
      expect(sourceAddress(`https://example.services.ai.azure.com${path}`)).toBeUndefined();
    },
  );

  it('is as long as a host name may be, and no longer', () => {
    const host = `${'a.'.repeat(125)}com`;
    expect(host).toHaveLength(253);
    expect(sourceAddress(`https://${host}`)).toEqual({ host, path: '' });
    expect(sourceAddress(`https://a${host}`)).toBeUndefined();
  });

  it('is taken apart into host and path', () => {
    expect(sourceAddress('https://example.services.ai.azure.com/api/projects/claims')).toEqual({
      host: 'example.services.ai.azure.com',
      path: '/api/projects/claims',
    });
  });

  it('is nowhere where nothing is allowed', () => {
    expect(isAllowedHost('example.service-now.com', [])).toBe(false);
  });
});

describe('a pattern of allowed hosts', () => {
  it.each(['*.service-now.com', 'itsm.example.com'])('%s is one', (pattern) => {
    expect(pattern).toMatch(HOST_PATTERN);
  });

  it.each(['*', '*.com', '**.service-now.com', 'a*.service-now.com', '*service-now.com', '.service-now.com', 'a.b.1'])(
    '%s is none',
    (pattern) => {
      expect(pattern).not.toMatch(HOST_PATTERN);
    },
  );
});
