import type { AccountId } from '../../kernel/ids.ts';
import type { Collector } from '../collector.ts';
import type { AwsClientFactory } from './clients.ts';

/** Where IAM Identity Center is administered: the management account or its delegated administrator, and the region that it was enabled in. */
export interface IdentityCenterPlace {
  readonly account_id: AccountId;
  readonly region: string;
}

/** Where an AWS collector looks: one account, one region. */
export interface AwsPlace {
  readonly account: AccountId;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** The region to look at; the hub's own for services that are global. */
  readonly region: string;
  /** Undefined where none is configured. */
  readonly identity_center?: IdentityCenterPlace | undefined;
}

/** What an AWS collector is given: where to look, and clients with the spoke role's rights there. */
export interface AwsSession extends AwsPlace {
  readonly client: AwsClientFactory;
}

/** How to look at one kind of thing in an AWS account. */
export interface AwsCollector extends Collector<AwsSession> {
  /** Told by configuration alone. What is seen where it skips now is retired. */
  readonly skip?: (place: AwsPlace) => string | undefined;
}
