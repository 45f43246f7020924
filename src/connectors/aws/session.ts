import type { AccountId } from '../../kernel/ids.ts';
import type { Collector } from '../collector.ts';
import type { AwsClientFactory } from './clients.ts';

/** Where IAM Identity Center is administered: the management account or its delegated administrator, and the region that it was enabled in. */
export interface IdentityCenterPlace {
  readonly account_id: AccountId;
  readonly region: string;
}

/** What an AWS collector is given: one account, one region, and clients with the spoke role's rights in it. */
export interface AwsSession {
  readonly account: AccountId;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** The region to look at; the hub's own for services that are global. */
  readonly region: string;
  readonly client: AwsClientFactory;
  /** Undefined where none is configured. */
  readonly identity_center?: IdentityCenterPlace | undefined;
}

/** How to look at one kind of thing in an AWS account. */
export type AwsCollector = Collector<AwsSession>;
