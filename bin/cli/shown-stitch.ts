import type { ShownStitchRun } from '../../lambdas/api/answers/stitch-runs.ts';
import type { StitchWrites } from '../../src/stitch/stitch-run.ts';
import { plainText } from '../terminal/plain-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { showFields } from './fields.ts';

/** Shows one stitch. */
export function showStitch(run: ShownStitchRun, screen: Screen): void {
  const { counts } = run;
  const asked = run.triggered_by.map(({ kind, by }) => `${kind} ${by}`).join(', ');
  showFields(
    [
      ['stitch', run._id],
      ['generation', String(run.generation)],
      ['outcome', run.outcome],
      ['asked by', `${asked}${run.requests > run.triggered_by.length ? ` (${run.requests} in all)` : ''}` || undefined],
      ['settings', run.settings_version === 0 ? 'as by default' : `version ${run.settings_version}`],
      ['read', `${counts.entities} entities, ${counts.edges} edges, ${counts.policy_documents} policy documents`],
      ['correlations', written(counts.correlations)],
      ['identities', written(counts.identities)],
      ['paths', written(counts.paths)],
      ['finished', `${run.finished_at}, ${millisecondsOf(run)} ms`],
      [
        'phases',
        Object.entries(run.durations_ms)
          .map(([phase, ms]) => `${phase} ${ms} ms`)
          .join(', ') || undefined,
      ],
      [
        'cut short',
        counts.unsettled.workloads_cut_short > 0
          ? `${counts.unsettled.workloads_cut_short} workloads, from which ways went on after the most hops`
          : undefined,
      ],
    ],
    screen,
  );
  for (const { rule_id, left, rights, key } of run.ambiguities) {
    const names = rights.map(({ display_name }) => display_name).join(', ');
    screen.line(
      `   ${screen.paint('yellow', 'ambiguous')} ${plainText(`${rule_id}: ${left.display_name} matches ${names} by ${key}: nothing is joined`)}`,
    );
    screen.note('which of them is meant, say: correlations allow <left> <right> --reason <why>');
  }
  for (const { rule_id, message } of run.failed_rules) {
    screen.line(
      `   ${screen.paint('red', 'failed')} ${plainText(`${rule_id}: ${message}: what it had found before stays`)}`,
    );
  }
  for (const problem of run.problems) screen.note(plainText(problem));
  screen.note(`what changed, and why: stitches audit --stitch ${run._id}`);
}

const written = ({ added, changed, removed, unchanged }: StitchWrites): string =>
  `${added} added, ${changed} changed, ${removed} removed, ${unchanged} unchanged`;

/** How long a stitch took. */
export const millisecondsOf = ({ started_at, finished_at }: ShownStitchRun): number =>
  Date.parse(finished_at) - Date.parse(started_at);
