import type { Db } from 'mongodb';
import type { Tenancy } from '../../src/kernel/ids.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import { stitchedPathStore } from '../../src/store/stitched-paths.ts';

/** Paths read in one go. */
const PAGE = 200;

/** Every path of a workspace, in the order of their ids. */
export async function* allPaths(db: Db, { tenant_id, workspace_id }: Tenancy): AsyncGenerator<StitchedPath> {
  const store = stitchedPathStore(db);
  const whose = { tenant_id, workspace_ids: [workspace_id] };
  for (let after: string | undefined; ; ) {
    const page = await store.list(whose, {}, PAGE, after);
    yield* page;
    after = page.at(-1)?._id;
    if (page.length < PAGE) return;
  }
}
