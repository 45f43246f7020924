import {
  GetAccountPasswordPolicyCommand,
  IAMClient,
  ListAccountAliasesCommand,
  type ListAccountAliasesResponse,
  type PasswordPolicy,
} from '@aws-sdk/client-iam';
import type { Json } from '../../../kernel/canonical.ts';
import type { AccountId } from '../../../kernel/ids.ts';
import type { NormalizedNode } from '../../../observations/observation.ts';
import { accountRef } from '../entity-ref.ts';
import { known } from '../properties.ts';
import { answered, listed, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector } from '../session.ts';

const ACTION = 'iam:ListAccountAliases';
const PASSWORDS = 'iam:GetAccountPasswordPolicy';

/**
 * The account itself, as a look into it shows it, with its alias, and what it asks of its users' passwords. An organization's
 * discovery knows its name and status.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
 */
export const account: AwsCollector = {
  id: 'iam.account',
  category: 'aws_iam',
  regional: false,
  entity_types: ['aws_account'],
  edge_types: [],
  actions: [ACTION, PASSWORDS],
  async *collect(session) {
    const aliases: string[] = [];
    const listing = pages<ListAccountAliasesResponse>({
      action: ACTION,
      fetch: (Marker) => session.client(IAMClient).send(new ListAccountAliasesCommand({ Marker })),
      next: (page) => page.Marker,
    });
    for await (const page of listing) aliases.push(...listed(ACTION, page.AccountAliases));
    const item = accountRef(session.account, session).source_record_id;
    const passwords = yield* readItem({ action: PASSWORDS, item, absent: NO_POLICY }, async () => {
      const { PasswordPolicy } = await session.client(IAMClient).send(new GetAccountPasswordPolicyCommand({}));
      return answered(PasswordPolicy, 'PasswordPolicy');
    });
    yield toAccount(session, aliases, passwords);
  },
};

/** An account that never set one has none, and what AWS asks for by default. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html */
const NO_POLICY = ['NoSuchEntity', 'NoSuchEntityException'];

/** An account has at most one alias; AWS answers with a list all the same. */
export const toAccount = (
  home: { readonly account: AccountId; readonly partition: string },
  aliases: readonly string[],
  passwords: Reading<PasswordPolicy>,
): NormalizedNode => ({
  kind: 'node',
  ...accountRef(home.account, home),
  display_name: aliases[0] ?? home.account,
  properties: known({
    account_id: home.account,
    alias: aliases[0] ?? null,
    password_policy: passwords.known ? (passwords.value ? passwordPolicy(passwords.value) : null) : undefined,
  }),
  api: ACTION,
  property_apis: { password_policy: PASSWORDS },
});

/** What is asked of passwords; AWS leaves out the numbers that do not apply. */
const passwordPolicy = (policy: PasswordPolicy): Json => ({
  minimum_length: policy.MinimumPasswordLength ?? null,
  requires_symbols: policy.RequireSymbols ?? false,
  requires_numbers: policy.RequireNumbers ?? false,
  requires_uppercase: policy.RequireUppercaseCharacters ?? false,
  requires_lowercase: policy.RequireLowercaseCharacters ?? false,
  users_may_change: policy.AllowUsersToChangePassword ?? false,
  expires_after_days: policy.ExpirePasswords === true ? (policy.MaxPasswordAge ?? null) : null,
  hard_expiry: policy.HardExpiry ?? false,
  remembers: policy.PasswordReusePrevention ?? null,
});
