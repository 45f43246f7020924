import type { Hop, HopEvidence, Path } from '../../src/paths/path.ts';
import { nameOnWay } from './chain.ts';
import { plainText } from './plain-text.ts';
import type { Screen } from './screen.ts';

/** A path, with what is joined to it when it is read. */
type Pictured = Path & { readonly exec30?: number };

/** Shows a path hop by hop: who acts as whom, what holds, and what shows it. `runs` gives the short names of runs. */
export function showPath(path: Pictured, runs: ReadonlyMap<string, string>, screen: Screen): void {
  const names = [path.workload, ...path.hops.map(({ to }) => to)].map(nameOnWay);
  screen.line(`   ${screen.paint('bold', plainText(names.join(' -> ')))}`);
  const { crosses_connector_boundary, crosses_organization_boundary } = path;
  const crossed = [
    `crosses_account_boundary: ${path.crosses_account_boundary}`,
    ...(crosses_connector_boundary ? ['crosses_connector_boundary: true'] : []),
    ...(crosses_organization_boundary ? ['crosses_organization_boundary: true'] : []),
  ];
  screen.line(`   ${[`access ${path.access_level}`, `verdict ${path.verdict}`, ...crossed].join(', ')}`);
  if (path.exec30 !== undefined) screen.line(`   ran ${path.exec30} times in thirty days`);
  showHops(path.hops, runs, screen);
  screen.line();
  const { resource, sensitivity } = path;
  screen.line(
    `   ${plainText(`${resource.display_name} is sensitive: its ${sensitivity.reason} is ${sensitivity.value}`)}`,
  );
  for (const evidence of sensitivity.evidence) showEvidence(evidence, runs, screen);
}

/** Shows hops, each with what shows it. */
export function showHops(hops: readonly Hop[], runs: ReadonlyMap<string, string>, screen: Screen): void {
  for (const hop of hops) showHop(hop, runs, screen);
}

function showHop(hop: Hop, runs: ReadonlyMap<string, string>, screen: Screen): void {
  screen.line();
  const ends = plainText(`${nameOnWay(hop.from)} -> ${nameOnWay(hop.to)}`);
  screen.line(`   ${screen.paint('cyan', hop.edge_type.padEnd(10))} ${ends}`);
  if (hop.technique !== undefined) screen.line(`      by ${hop.technique}: ${(hop.actions ?? []).join(', ')}`);
  for (const { sentence } of hop.conditions) screen.line(`      only if ${plainText(sentence)}`);
  for (const evidence of hop.evidence) showEvidence(evidence, runs, screen);
}

function showEvidence(evidence: HopEvidence, runs: ReadonlyMap<string, string>, screen: Screen): void {
  screen.line(`      ${plainText(stated(evidence))}`);
  if (evidence.kind === 'correlation') return;
  screen.note(plainText(`      at ${evidence.source_record_id} ${evidence.source_field_path}`));
  screen.note(plainText(`      seen by ${evidence.api} in run ${runs.get(evidence.run_id) ?? evidence.run_id}`));
}

/** What a piece of evidence says, on one line. */
function stated(evidence: HopEvidence): string {
  if (evidence.kind === 'statement') return `${evidence.side} statement ${JSON.stringify(evidence.statement)}`;
  if (evidence.kind === 'correlation') {
    const agreed = evidence.evidence.map(({ key }) => key).join(', ');
    return `rule ${evidence.rule_id}: ${evidence.left.source_record_id} and ${evidence.right.source_record_id} agree on ${agreed}`;
  }
  if (evidence.kind === 'edge') return `${evidence.edge_type}, as configured`;
  return `property ${JSON.stringify(evidence.value)}`;
}
