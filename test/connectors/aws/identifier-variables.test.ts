import { describe, expect, it } from 'vitest';
import { identifierVariables } from '../../../src/connectors/aws/identifier-variables.ts';

const GUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

describe('of an environment', () => {
  it('every name is kept, once and sorted', () => {
    const variables: readonly [string, unknown][] = [
      ['B', '2'],
      ['A', '1'],
      ['B', '3'],
    ];
    expect(identifierVariables(variables)).toEqual({ names: ['A', 'B'], identifiers: [] });
  });

  it.each([
    'AZURE_CLIENT_ID',
    'AZURE_TENANT_ID',
    'AZURE_SUBSCRIPTION_ID',
    'ARM_CLIENT_ID',
    'AAD_TENANT_ID',
    'ENTRA_CLIENT_ID',
    'ENTRA_APP_ID',
    'ENTRA_AGENT_OBJECT_ID',
    'AZURE_AD_DIRECTORY_ID',
    'azure_client_id',
  ])('the GUID of %s is kept', (name) => {
    expect(identifierVariables([[name, GUID]])).toEqual({ names: [name], identifiers: [{ key: name, value: GUID }] });
  });

  it('a GUID is kept in lower case, as Entra writes it', () => {
    expect(identifierVariables([['AZURE_CLIENT_ID', GUID.toUpperCase()]]).identifiers).toEqual([
      { key: 'AZURE_CLIENT_ID', value: GUID },
    ]);
  });

  it('identifiers are in the order of their names', () => {
    const { identifiers } = identifierVariables([
      ['ENTRA_APP_ID', GUID],
      ['AZURE_CLIENT_ID', GUID],
    ]);
    expect(identifiers.map(({ key }) => key)).toEqual(['AZURE_CLIENT_ID', 'ENTRA_APP_ID']);
  });

  it.each([
    'CLIENT_ID',
    'SECRET_ID',
    'PASSWORD',
    'AZURE_CLIENT_SECRET',
    'AZURE_CLIENT_ID_2',
    'MY_AZURE_CLIENT_ID',
    'AZURE_CLIENT_SECRET_ID',
    'ENTRA_SECRET_CLIENT_ID',
    'ENTRA_KEY_APP_ID',
    'ENTRA_TOKEN_CLIENT_ID',
    'ENTRA_SESSION_OBJECT_ID',
    'VAULT_ROLE_ID',
    'AZURE_CLIENT_ID ',
    '',
  ])('a GUID in a variable named %j is dropped', (name) => {
    expect(identifierVariables([[name, GUID]])).toEqual({ names: [name], identifiers: [] });
  });

  it.each<[string, unknown]>([
    ['a secret', 'hunter2'],
    ['a GUID and more', `${GUID} hunter2`],
    ['a GUID and a line', `${GUID}\n`],
    ['a GUID in braces', `{${GUID}}`],
    ['a GUID without hyphens', GUID.replaceAll('-', '')],
    ['a GUID with a letter too many', `${GUID}a`],
    ['nothing', ''],
    ['absent', undefined],
    ['a number', 1],
    ['a list', [GUID]],
  ])('%s in a variable of the allow-list is dropped, and no trace of it is left', (_, value) => {
    expect(identifierVariables([['AZURE_CLIENT_ID', value]])).toEqual({ names: ['AZURE_CLIENT_ID'], identifiers: [] });
  });
});
