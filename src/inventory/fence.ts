import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';

/** Names the one place where a cell writes, over all runs. */
export interface HeadName {
  readonly tenant_id: TenantId;
  readonly instance_id: string;
  /** `<category>:<account_id>` */
  readonly key: string;
}

/** Who holds a head, for which run. */
export interface Holder {
  /** `seq` of the run. */
  readonly seq: number;
  /** One attempt of one worker. */
  readonly owner: string;
}

/** What came of asking for a head. */
export type Taken =
  | { readonly outcome: 'taken' }
  /** A later run has had it: ours has nothing to say any more. */
  | { readonly outcome: 'superseded'; readonly seq: number }
  /** Somebody may be writing until then. */
  | { readonly outcome: 'busy'; readonly until: IsoTime };

/**
 * At most one worker writes for a cell. Each write times out before `until` of its lease, so that whoever takes the head
 * after that moment meets no write of the one before.
 */
export interface Fence {
  readonly take: (name: HeadName, holder: Holder, now: IsoTime, until: IsoTime) => Promise<Taken>;
  /** Extends the lease; false where it is no longer ours. */
  readonly renew: (name: HeadName, holder: Holder, until: IsoTime) => Promise<boolean>;
  /** Ends the lease early, so that a successor need not wait. The `seq` stays: an older run remains superseded. */
  readonly release: (name: HeadName, holder: Holder, now: IsoTime) => Promise<void>;
}
