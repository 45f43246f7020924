import { accountArn, sourceSystemOf } from '../../kernel/arn.ts';
import type { AccountId } from '../../kernel/ids.ts';
import type { EntityType } from '../../observations/entity-types.ts';
import type { EntityRef, NormalizedEdge, Statement } from '../../observations/observation.ts';

/** Names what an ARN stands for. Throws TypeError where the text is no ARN. */
export const arnRef = (entity_type: EntityType, arn: string): EntityRef => ({
  entity_type,
  source_system_id: sourceSystemOf(arn),
  source_record_id: arn,
});

/** Where an account itself is: a foreign one is `external_aws_account` until its own scan brings the more specific type; the id is the same. */
export const accountRef = (account: AccountId, home: { readonly account: AccountId; readonly partition: string }) =>
  arnRef(account === home.account ? 'aws_account' : 'external_aws_account', accountArn(account, home.partition));

/** The statement of a field of the record that an ARN names. */
export const statedBy = (arn: string, source_field_path: string): Statement => ({
  source_system_id: sourceSystemOf(arn),
  source_record_id: arn,
  source_field_path,
});

/** A thing belongs to the account in which it was seen. */
export const belongsTo = (
  thing: EntityRef,
  home: { readonly account: AccountId; readonly partition: string },
  api: string,
): NormalizedEdge => ({
  kind: 'edge',
  edge_type: 'BELONGS_TO',
  from: thing,
  to: accountRef(home.account, home),
  stated_by: {
    source_system_id: thing.source_system_id,
    source_record_id: thing.source_record_id,
    source_field_path: `$account[${home.account}]`,
  },
  properties: {},
  api,
});
