import { expect, it } from 'vitest';
import { isPublicAddress } from '../../src/connectors/source-request.ts';

it.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:20.190.128.1',
  '64:ff9b::a00:1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
  '2001::1',
  '2002:a00:1::1',
  'localhost',
  '',
])('%s is no address that a source may have', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each(['20.190.128.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '2603:1030::1', '2001:4860::8888'])(
  '%s is one',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);
