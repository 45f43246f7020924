import { IAMClient, ListAccountAliasesCommand, type ListAccountAliasesResponse } from '@aws-sdk/client-iam';
import type { AccountId } from '../../../kernel/ids.ts';
import type { NormalizedNode } from '../../../observations/observation.ts';
import { accountRef } from '../entity-ref.ts';
import { listed, pages } from '../reading.ts';
import type { AwsCollector } from '../session.ts';

const ACTION = 'iam:ListAccountAliases';

/**
 * The account itself, as a look into it shows it, with its alias. An organization's discovery knows its name and status.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
 */
export const account: AwsCollector = {
  id: 'iam.account',
  category: 'aws_iam',
  regional: false,
  entity_types: ['aws_account'],
  edge_types: [],
  actions: [ACTION],
  async *collect(session) {
    const aliases: string[] = [];
    const listing = pages<ListAccountAliasesResponse>({
      action: ACTION,
      fetch: (Marker) => session.client(IAMClient).send(new ListAccountAliasesCommand({ Marker })),
      next: (page) => page.Marker,
    });
    for await (const page of listing) aliases.push(...listed(ACTION, page.AccountAliases));
    yield toAccount(session, aliases);
  },
};

/** An account has at most one alias; AWS answers with a list all the same. */
export const toAccount = (
  home: { readonly account: AccountId; readonly partition: string },
  aliases: readonly string[],
): NormalizedNode => ({
  kind: 'node',
  ...accountRef(home.account, home),
  display_name: aliases[0] ?? home.account,
  properties: { account_id: home.account, alias: aliases[0] ?? null },
  api: ACTION,
});
