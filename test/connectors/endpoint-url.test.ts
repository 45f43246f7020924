import { describe, expect, it } from 'vitest';
import { canonicalEndpoint } from '../../src/connectors/endpoint-url.ts';

describe('an endpoint as it is compared', () => {
  it.each([
    ['https://Api.Example/Path/', 'https://api.example/Path'],
    ['https://api.example', 'https://api.example'],
    ['https://api.example/', 'https://api.example'],
    ['https://api.example.:443/a', 'https://api.example/a'],
    ['http://api.example:80/a', 'http://api.example/a'],
    ['https://api.example:8443/a', 'https://api.example:8443/a'],
    ['https://user:secret@api.example/a?key=secret#part', 'https://api.example/a'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalEndpoint(text)).toBe(canonical);
    expect(canonicalEndpoint(canonical)).toBe(canonical);
  });

  it.each([
    undefined,
    '',
    'api.example/a',
    '/relative',
    'ftp://api.example',
    'https://{host}/a',
    'https://api.example/{stage}',
  ])('%s is none', (text) => {
    expect(canonicalEndpoint(text)).toBeUndefined();
  });
});
