import { describe, expect, it } from 'vitest';
import { toAccount } from '../../../../src/connectors/aws/iam/account.ts';

describe('the account itself', () => {
  const home = { account: '111111111111', partition: 'aws' };

  it('is named by its alias', () => {
    expect(toAccount(home, ['acme-prod'])).toMatchObject({
      entity_type: 'aws_account',
      source_record_id: 'arn:aws:iam::111111111111:root',
      display_name: 'acme-prod',
      properties: { account_id: '111111111111', alias: 'acme-prod' },
    });
  });

  it('is named by its number where it has none, which is known', () => {
    expect(toAccount(home, [])).toMatchObject({ display_name: '111111111111', properties: { alias: null } });
  });
});
