import type { Hop, HopEvidence, Path } from '../../src/paths/path.ts';
import type { Screen } from './screen.ts';

/** Shows a path hop by hop: who acts as whom, what holds, and what shows it. `runs` gives the short names of runs. */
export function showPath(path: Path, runs: ReadonlyMap<string, string>, screen: Screen): void {
  const names = [path.workload, ...path.hops.map(({ to }) => to)].map(({ display_name }) => display_name);
  screen.line(`   ${screen.paint('bold', names.join(' -> '))}`);
  screen.line(
    `   access ${path.access_level}, verdict ${path.verdict}, crosses_account_boundary: ${path.crosses_account_boundary}`,
  );
  for (const hop of path.hops) showHop(hop, runs, screen);
  screen.line();
  screen.line(
    `   ${path.resource.display_name} is sensitive: its ${path.sensitivity.reason} is ${path.sensitivity.value}`,
  );
  for (const evidence of path.sensitivity.evidence) showEvidence(evidence, runs, screen);
}

function showHop(hop: Hop, runs: ReadonlyMap<string, string>, screen: Screen): void {
  screen.line();
  const ends = `${hop.from.display_name} -> ${hop.to.display_name}`;
  screen.line(`   ${screen.paint('cyan', hop.edge_type.padEnd(10))} ${ends}`);
  for (const { sentence } of hop.conditions) screen.line(`      only if ${sentence}`);
  for (const evidence of hop.evidence) showEvidence(evidence, runs, screen);
}

function showEvidence(evidence: HopEvidence, runs: ReadonlyMap<string, string>, screen: Screen): void {
  screen.line(`      ${stated(evidence)}`);
  if (evidence.kind === 'correlation') return;
  screen.note(`      at ${evidence.source_record_id} ${evidence.source_field_path}`);
  screen.note(`      seen by ${evidence.api} in run ${runs.get(evidence.run_id) ?? evidence.run_id}`);
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
