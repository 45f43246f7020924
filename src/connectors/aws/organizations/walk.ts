import * as z from 'zod';

const BranchSchema = z.strictObject({
  /** Id of the root or unit whose children are to be listed. */
  parent: z.string(),
  /** ARN of the unit, or of the organization where the parent is a root. */
  arn: z.string(),
  list: z.enum(['units', 'accounts']),
  token: z.string().optional(),
});

/** One listing of the tree that is still to be done, or to be gone on with. */
export type Branch = z.infer<typeof BranchSchema>;

const Pending = z.array(BranchSchema);

/** The pending listings with those of a parent on top: the walk goes down before it goes on, so that the list stays short. */
export const branchesAfter = (
  pending: readonly Branch[],
  { parent, arn }: Pick<Branch, 'parent' | 'arn'>,
): readonly Branch[] => [...pending, { parent, arn, list: 'units' }, { parent, arn, list: 'accounts' }];

/** What is still to be done, as the cursor of a checkpoint. */
export const cursorOf = (pending: readonly Branch[]): string => JSON.stringify(pending);

/** The pending listings of a cursor; undefined where the cursor is none of ours: then the walk begins again. */
export function pendingFrom(cursor: string): readonly Branch[] | undefined {
  try {
    return Pending.parse(JSON.parse(cursor));
  } catch {
    return undefined;
  }
}
