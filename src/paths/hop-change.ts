import { canonicalJson } from '../kernel/canonical.ts';
import { newProperties, whatIsNew } from './appeared.ts';
import type { Cause } from './cause.ts';
import type { ChangeContext } from './change.ts';
import type { Hop, HopEvidence, Path, PathCondition } from './path.ts';

/** What differs between two documents of a path over the same hops. */
export function whatChanged(before: Path, after: Path, context: ChangeContext): readonly Cause[] {
  const causes = after.hops.flatMap((hop, i) => {
    const earlier = before.hops[i];
    return earlier ? changesOf(earlier, hop, context) : [];
  });
  causes.push(...sensitivityChanges(before, after));
  if (causes.length > 0) return causes;
  const others = waysChange(before, after);
  return [...others, ...(others.length > 0 ? [] : whatIsNew(after, context))];
}

function changesOf(before: Hop, after: Hop, context: ChangeContext): readonly Cause[] {
  const { from, to } = after;
  const between = `${from.display_name} -> ${to.display_name}`;
  const evidence = evidenceChanges(before, after, context);
  if (before.verdict === after.verdict && sameJson(before.conditions, after.conditions)) return evidence;
  const message = `${between}: ${verdictOf(before)}, now ${verdictOf(after)}`;
  const seen = evidence.length > 0 ? evidence : [from, to].flatMap((end) => newProperties(end, context));
  const run_id = seen.find((cause) => cause.run_id !== undefined)?.run_id;
  return [{ code: 'policy_changed', message, subject: from.id, ...(run_id === undefined ? {} : { run_id }) }, ...seen];
}

const verdictOf = ({ verdict, conditions }: Hop): string => [verdict, ...conditions.map(inWords)].join(' ');

const inWords = ({ sentence }: PathCondition): string => sentence;

/** Statements, edges, correlations and properties that show the hop now and did not before, or the other way round. */
function evidenceChanges(before: Hop, after: Hop, context: ChangeContext): readonly Cause[] {
  const [earlier, later] = [before, after].map(({ evidence }) => new Map(evidence.map((one) => [said(one), one])));
  const appeared = [...(later ?? [])].filter(([key]) => !earlier?.has(key)).map(([, one]) => one);
  const went = [...(earlier ?? [])].filter(([key]) => !later?.has(key)).map(([, one]) => one);
  return [
    ...appeared.map((one) => evidenceCause(one, 'shows', context)),
    ...went.map((one) => evidenceCause(one, 'does not show it any more', context)),
  ];
}

function evidenceCause(
  evidence: HopEvidence,
  what: 'shows' | 'does not show it any more',
  { correlation_causes }: ChangeContext,
): Cause {
  const isNew = what === 'shows';
  const does = isNew ? 'shows it now' : what;
  if (evidence.kind === 'correlation') {
    const { correlation_id: subject, rule_id } = evidence;
    const code = isNew ? 'correlation_appeared' : 'correlation_went';
    return correlation_causes.get(subject) ?? { code, message: `a match of ${rule_id} ${does}`, subject };
  }
  const { source_record_id: subject, source_field_path, run_id } = evidence;
  const message = `${source_field_path} of ${subject} ${does}`;
  // Who saw that something is gone is not who saw it.
  return { code: codeOf(evidence.kind, isNew), message, subject, ...(isNew ? { run_id } : {}) };
}

function codeOf(kind: 'statement' | 'edge' | 'property', isNew: boolean): Cause['code'] {
  if (kind === 'edge') return isNew ? 'edge_appeared' : 'edge_went';
  return kind === 'statement' ? 'policy_changed' : 'property_changed';
}

/** What evidence says, whichever run saw it. */
function said(evidence: HopEvidence): string {
  if (evidence.kind === 'correlation') return canonicalJson(evidence);
  const { run_id: _run, observed_at: _time, api: _api, ...rest } = evidence;
  return canonicalJson(rest);
}

function sensitivityChanges(before: Path, after: Path): readonly Cause[] {
  const [was, is] = [before.sensitivity, after.sensitivity];
  if (was.reason === is.reason && was.value === is.value) return [];
  const run_id = is.evidence[0]?.run_id;
  const message = `${after.resource.display_name} is sensitive by ${is.reason} ${is.value}, and was by ${was.reason} ${was.value}`;
  return [
    {
      code: 'resource_classified',
      message,
      subject: after.resource.id,
      ...(run_id === undefined ? {} : { run_id }),
    },
  ];
}

/** That there are more or fewer other ways than before. */
function waysChange(before: Path, after: Path): readonly Cause[] {
  const [was, is] = [before, after].map((path) => `${path.alternatives}${path.alternatives_capped ? ' or more' : ''}`);
  if (was === is) return [];
  const more = after.alternatives > before.alternatives || after.alternatives_capped;
  return [
    { code: more ? 'edge_appeared' : 'edge_went', message: `${is} other ways lead there, and ${was} did before` },
  ];
}

const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
