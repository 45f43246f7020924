import { byText } from '../inventory/claim.ts';
import { canonicalJson } from '../kernel/canonical.ts';

/** The workspaces that claim a member of something stitched. */
export interface Member {
  readonly workspace_ids: readonly string[];
}

/** Who sees a correlation, identity, path or entry must see every one of these. */
export type Members = readonly Member[];

/** The workspaces that claim each entity; one that nobody claims is not in it. */
export type WorkspacesOf = (entity_id: string) => readonly string[] | undefined;

/** The members that some entities make: each set of workspaces once, ordered. One that nobody claims, a far end, hides nothing from anybody. */
export function membersOf(entity_ids: Iterable<string>, workspacesOf: WorkspacesOf): Members {
  const sets: Member[] = [];
  for (const id of new Set(entity_ids)) {
    const workspace_ids = workspacesOf(id);
    if (workspace_ids) sets.push({ workspace_ids });
  }
  return distinct(sets);
}

/** Who sees two things at once: the members of both. */
export const bothOf = (a: Members, b: Members): Members => distinct([...a, ...b]);

/** Whether somebody who sees these workspaces sees every member. */
export const isVisible = (members: Members, workspace_ids: readonly string[]): boolean =>
  members.every((member) => member.workspace_ids.some((id) => workspace_ids.includes(id)));

function distinct(members: Members): Members {
  const sets = new Map(members.map((member) => [canonicalJson(member.workspace_ids), member]));
  return [...sets].sort(([a], [b]) => byText(a, b)).map(([, member]) => member);
}
