import { describe, expect, it } from 'vitest';
import { isCredentialsRefOf } from '../../src/control/credentials-ref.ts';

const isOurs = (name: string): boolean => isCredentialsRefOf('acme', name);

describe('the name of a secret', () => {
  it.each(['throughline/acme/entra', 'throughline/acme/servicenow/prod', 'throughline/acme/A_b+c=d.e@f-1'])(
    '%s is one of tenant acme',
    (name) => {
      expect(isOurs(name)).toBe(true);
    },
  );

  it.each([
    ['another tenant', 'throughline/nimbus/entra'],
    ['a tenant whose name begins alike', 'throughline/acme-evil/entra'],
    ['a tenant whose name begins alike, without a hyphen', 'throughline/acmeevil'],
    ['the prefix and nothing', 'throughline/acme/'],
    ['the prefix without its slash', 'throughline/acme'],
    ['a step upwards', 'throughline/acme/../nimbus/entra'],
    ['a step upwards at the end', 'throughline/acme/..'],
    ['a step on the spot', 'throughline/acme/./entra'],
    ['an empty part', 'throughline/acme//entra'],
    ['a slash at the end', 'throughline/acme/entra/'],
    ['a slash at the beginning', '/throughline/acme/entra'],
    ['an ARN of another account', 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:throughline/acme/entra-AbCdEf'],
    ['an ARN after the prefix', 'throughline/acme/arn:aws:secretsmanager:eu-west-1:222222222222:secret:x'],
    ['capitals in the prefix', 'Throughline/acme/entra'],
    ['capitals in the tenant', 'throughline/ACME/entra'],
    ['an escaped slash', 'throughline/acme%2fentra'],
    ['an escaped step upwards', 'throughline/acme/%2e%2e/nimbus/entra'],
    ['a slash escaped twice', 'throughline/acme/..%252fnimbus'],
    ['a backslash', 'throughline/acme/..\\nimbus'],
    ['a slash that is none', 'throughline/acme\u2215entra'],
    ['a line end', 'throughline/acme/entra\n'],
    ['a null', 'throughline/acme/entra\u0000'],
    ['a space', 'throughline/acme/en tra'],
    ['a letter outside ASCII', 'throughline/acme/\u0435ntra'],
    ['a wildcard', 'throughline/acme/*'],
    ['more than a name may have', `throughline/acme/${'x'.repeat(500)}`],
    ['nothing', ''],
  ])('with %s is none of tenant acme', (_what, name) => {
    expect(isOurs(name)).toBe(false);
  });

  it('is compared to the letter where the tenant has capitals', () => {
    expect(isCredentialsRefOf('Acme.Corp', 'throughline/Acme.Corp/x')).toBe(true);
    expect(isCredentialsRefOf('Acme.Corp', 'throughline/AcmeXCorp/x')).toBe(false);
  });
});
