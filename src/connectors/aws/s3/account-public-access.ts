import {
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import type { AccountId } from '../../../kernel/ids.ts';
import type { NormalizedNode, Observation } from '../../../observations/observation.ts';
import { accountRef } from '../entity-ref.ts';
import { answered, oneItem, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { publicAccessBlock } from './public-access-block.ts';

const ACTION = 's3:GetAccountPublicAccessBlock';

/**
 * What the account blocks for all of its buckets, whatever each of them says.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export const accountPublicAccess: AwsCollector = {
  id: 's3.account-public-access',
  category: 'aws_s3',
  regional: false,
  entity_types: ['aws_account'],
  edge_types: [],
  actions: [ACTION],
  async *collect(session) {
    const item = accountRef(session.account, session).source_record_id;
    yield* oneItem({ action: ACTION, item }, () => lookAtAccount(session, item));
  },
};

async function* lookAtAccount(session: AwsSession, item: string): AsyncGenerator<Observation, void, undefined> {
  const absent = ['NoSuchPublicAccessBlockConfiguration'];
  const block = yield* readItem({ action: ACTION, item, absent }, async () => {
    const AccountId = session.account;
    const answer = await session.client(S3ControlClient).send(new GetPublicAccessBlockCommand({ AccountId }));
    return answered(answer.PublicAccessBlockConfiguration, 'PublicAccessBlockConfiguration');
  });
  if (block.known) yield toAccount(session, block.value);
}

/** The account, as far as S3 is concerned. */
export const toAccount = (
  home: { readonly account: AccountId; readonly partition: string },
  block: PublicAccessBlockConfiguration | undefined,
): NormalizedNode => ({
  kind: 'node',
  ...accountRef(home.account, home),
  display_name: home.account,
  properties: { account_id: home.account, s3_public_access_block: publicAccessBlock(block) },
  api: ACTION,
});
