import { GetAccountPasswordPolicyCommand, IAMClient, ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { account, toAccount } from '../../../../src/connectors/aws/iam/account.ts';
import { awsError, look } from '../look.ts';

const iam = mockClient(IAMClient);
beforeEach(() => void iam.reset());

const home = { account: '111111111111', partition: 'aws' };
const NONE = { known: true, value: undefined } as const;

describe('the account itself', () => {
  it('is named by its alias', () => {
    expect(toAccount(home, ['acme-prod'], NONE)).toMatchObject({
      entity_type: 'aws_account',
      source_record_id: 'arn:aws:iam::111111111111:root',
      display_name: 'acme-prod',
      properties: { account_id: '111111111111', alias: 'acme-prod' },
    });
  });

  it('is named by its number where it has none, which is known', () => {
    expect(toAccount(home, [], NONE)).toMatchObject({
      display_name: '111111111111',
      properties: { alias: null },
    });
  });
});

describe('what an account asks of passwords', () => {
  beforeEach(() => void iam.on(ListAccountAliasesCommand).resolves({ AccountAliases: [] }));

  it('is a property', async () => {
    iam.on(GetAccountPasswordPolicyCommand).resolves({
      PasswordPolicy: {
        MinimumPasswordLength: 14,
        RequireSymbols: true,
        RequireNumbers: true,
        RequireUppercaseCharacters: true,
        RequireLowercaseCharacters: false,
        AllowUsersToChangePassword: true,
        ExpirePasswords: true,
        MaxPasswordAge: 90,
        PasswordReusePrevention: 24,
      },
    });
    const [node] = (await look(account)).nodes;
    expect(node?.properties.password_policy).toEqual({
      minimum_length: 14,
      requires_symbols: true,
      requires_numbers: true,
      requires_uppercase: true,
      requires_lowercase: false,
      users_may_change: true,
      expires_after_days: 90,
      hard_expiry: false,
      remembers: 24,
    });
    expect(node?.property_apis).toMatchObject({ password_policy: 'iam:GetAccountPasswordPolicy' });
  });

  it('is known to be nothing of its own where AWS has no policy', async () => {
    iam.on(GetAccountPasswordPolicyCommand).rejects(awsError('NoSuchEntityException', 'no', 404));
    const { nodes, row } = await look(account);
    expect(nodes[0]?.properties.password_policy).toBeNull();
    expect(row.status).toBe('complete');
  });

  it('is left out where it may not be read, and the account is there all the same', async () => {
    iam.on(GetAccountPasswordPolicyCommand).rejects(awsError('AccessDenied'));
    const { nodes, gaps } = await look(account);
    expect(nodes[0]?.properties).not.toHaveProperty('password_policy');
    expect(nodes[0]?.properties).toMatchObject({ account_id: '111111111111', alias: null });
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action: 'iam:GetAccountPasswordPolicy' })]);
  });
});
