import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokensFrom } from '../../bin/credentials.ts';
import { type Oidc, startOidc } from '../../tools/local/oidc.ts';

let oidc: Oidc;

beforeAll(async () => {
  oidc = await startOidc();
  oidc.register({ client_id: 'lab', client_secret: 's3cret', claims: { org_id: 'enterprise-nimbus' } });
});

afterAll(() => oidc.stop());

const client = (secret: string) => ({
  THROUGHLINE_TOKEN_URL: `${oidc.issuer}/token`,
  THROUGHLINE_CLIENT_ID: 'lab',
  THROUGHLINE_CLIENT_SECRET: secret,
});

describe('where tokens come from', () => {
  it('a token that is there is taken as it is', async () => {
    expect(await tokensFrom({ THROUGHLINE_TOKEN: 'abc' })()).toBe('abc');
  });

  it('a client asks the issuer, once for as long as the token lasts', async () => {
    const token = tokensFrom(client('s3cret'));
    const first = await token();
    expect(decodeJwt(first)).toMatchObject({ sub: 'lab', org_id: 'enterprise-nimbus' });
    expect(await token()).toBe(first);
  });

  it('a client that the issuer refuses is told so', async () => {
    await expect(tokensFrom(client('wrong'))()).rejects.toThrow(/refused the client: 401.*invalid_client/);
  });

  it('without either, the variables are named', () => {
    expect(() => tokensFrom({ THROUGHLINE_CLIENT_ID: 'lab' })).toThrow(/THROUGHLINE_TOKEN.*THROUGHLINE_TOKEN_URL/);
  });
});
