import type { ShownIdentity } from '../../bin/results-client.ts';
import { chainOf, hopsByName } from '../../bin/terminal/chain.ts';
import type { Screen } from '../../bin/terminal/screen.ts';
import type { Row } from '../../bin/terminal/table.ts';
import type { Path } from '../../src/paths/path.ts';

/** Identities, each with the records that are one, and the rules that say so. */
export function showIdentities(identities: readonly ShownIdentity[], screen: Screen): void {
  for (const { display_name, source_records, rules } of identities) {
    screen.line(`   ${screen.paint('bold', display_name)} by ${rules.join(', ')}`);
    for (const { entity_type, source_system_id, source_record_id } of source_records) {
      screen.note(`   ${entity_type} ${source_record_id} of ${source_system_id}`);
    }
  }
}

const PATH_HEAD: Row = ['access', 'verdict', 'accounts', 'systems', 'path'];

/** Paths, one to a line; what crosses most comes first. */
export function showPaths(paths: readonly Path[], screen: Screen): void {
  const crosses = (path: Path): number =>
    Number(path.crosses_connector_boundary) * 2 + Number(path.crosses_account_boundary);
  const rows = paths
    .toSorted((a, b) => crosses(b) - crosses(a) || (a._id < b._id ? -1 : 1))
    .map((path) => [
      path.access_level,
      path.verdict,
      path.crosses_account_boundary ? 'crosses' : 'one',
      path.crosses_connector_boundary ? 'crosses' : 'one',
      chainOf(hopsByName(path.hops)),
    ]);
  screen.table(PATH_HEAD, rows);
}
