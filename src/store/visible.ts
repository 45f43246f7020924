import type { Visibility } from '../kernel/ids.ts';
import type { Members } from '../stitch/members.ts';

/** The part of every filter that keeps tenants apart, and shows what was stitched only to who sees every member. Written first in each query. */
export function visibleTo({ tenant_id, workspace_ids }: Visibility): {
  tenant_id: string;
  members: { $not: { $elemMatch: { workspace_ids: { $nin: string[] } } } };
} {
  return { tenant_id, members: { $not: { $elemMatch: { workspace_ids: { $nin: [...workspace_ids] } } } } };
}

/** A stored thing that some workspaces see. */
export interface Seen {
  readonly _id: string;
  readonly tenant_id: string;
  readonly members: Members;
}
