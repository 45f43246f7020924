import { BRIDGES, TENANT } from '../../labs/mediapro/names.ts';
import { correlate } from '../../src/correlations/correlate.ts';
import type { Correlated, Correlation } from '../../src/correlations/correlation.ts';
import { explainPair } from '../../src/correlations/explain.ts';
import { resolveIdentities } from '../../src/correlations/identities.ts';
import type { CanonicalIdentity } from '../../src/correlations/identity.ts';
import { type CorrelationSettings, noSettings } from '../../src/correlations/settings.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import type { Path } from '../../src/paths/path.ts';
import { exampleGraph } from './example-graph.ts';

export const EIGHTH = 'lambda-secret-stored-entra-sp';
export const OAUTH = 'entra-client-id-to-servicenow-oauth';

/** Settings with a rule switched on or off, as a tenant would. */
export const switched = (
  rule_id: string,
  enabled: boolean,
  also: CorrelationSettings = noSettings(TENANT),
): CorrelationSettings => ({
  ...also,
  rules: [
    ...also.rules,
    { rule_id, enabled, reason: 'the example', changed_by: 'ana', changed_at: '2026-11-21T12:00:00.000Z' },
  ],
});

/** What is found in the example's graph with some settings. */
export function stitched(graph: Graph, settings: CorrelationSettings): Stitched {
  const { correlations } = correlate(graph, settings);
  const identities = resolveIdentities(graph, correlations);
  const { paths } = findPaths(graph, { correlations, identities });
  const ours = paths.filter(({ workload }) => workload.display_name === BRIDGES.supportRouter);
  return {
    correlations,
    identities,
    paths: ours.filter(({ resource }) => resource.entity_type === 'servicenow_table'),
  };
}

interface Stitched extends Pick<Correlated, 'correlations'> {
  readonly identities: readonly CanonicalIdentity[];
  /** From the agent to tables of ServiceNow. */
  readonly paths: readonly Path[];
}

/** The worked example: computed, so that it is what the code does. Throws where the estate no longer shows it. */
export function workedExample(): string {
  const graph = exampleGraph();
  const on = switched(EIGHTH, true);
  const { correlations, identities, paths } = stitched(graph, on);
  const oauth = needed(
    correlations.find(({ rule_id, right }) => rule_id === OAUTH && right.display_name === 'sp-mp-mcp-bridge'),
  );
  const bridge = needed(correlations.find(({ rule_id }) => rule_id === EIGHTH));
  const identity = needed(identities.find(({ correlation_ids }) => correlation_ids.includes(oauth._id)));
  const path = needed(paths[0]);
  const explained = explainPair(graph, switched(OAUTH, false, on), oauth.left.id, oauth.right.id);
  const tried = needed(explained.rules.find(({ rule_id }) => rule_id === OAUTH));
  const counts = [
    [`\`${EIGHTH}\` is off, as it is by default`, stitched(graph, noSettings(TENANT))],
    ['it is switched on', { correlations, identities, paths }],
    [`\`${OAUTH}\` is switched off`, stitched(graph, switched(OAUTH, false, on))],
  ] as const;
  return `**The facts.** ServiceNow's application registry has the client *${oauth.left.display_name}* (\`${oauth.left.source_record_id}\` of \`${oauth.left.source_system_id}\`). Entra has the application *${oauth.right.display_name}* (\`${oauth.right.source_record_id}\` of \`${oauth.right.source_system_id}\`). Neither system knows the other; each record says:

${factsTable(oauth)}

**The correlation.** The rule \`${OAUTH}\` reads from each the tenant and the application id, in lower case, and both come to the same key:

${json({ ...oauth, left: oauth.left.display_name, right: oauth.right.display_name })}

**The identity.** What is the same is one class, \`canonical_identities/${identity._id.slice(0, 12)}...\`, named after the member that knows most (\`${identity.entity_type}\`):

${json({
  entity_type: identity.entity_type,
  display_name: identity.display_name,
  source_records: identity.source_records.map(({ source_system_id, source_record_id, entity_type }) => ({
    source_system_id,
    source_record_id,
    entity_type,
  })),
  rules: identity.rules,
  disagreements: identity.disagreements.map(({ property }) => property),
})}

**The path.** \`${BRIDGES.supportRouter}\` is an agent of Bedrock that nobody ever gave a right in ServiceNow. Once the tenant has switched on \`${EIGHTH}\`, which says that the function \`${bridge.left.display_name}\` may read the credential of \`${bridge.right.display_name}\` (${verdictOf(bridge)}), a search finds:

${hopsTable(path)}

Access level **${path.access_level}**, verdict **${path.verdict}**, over the rules ${path.correlation_rules.map((rule) => `\`${rule}\``).join(' and ')}; \`crosses_account_boundary: ${path.crosses_account_boundary}\`, \`crosses_connector_boundary: ${path.crosses_connector_boundary}\`.

**And back.** A path is only as long as its correlations hold:

| When | Correlations | Identities | Paths from the agent to a table |
| --- | --- | --- | --- |
${counts.map(([when, found]) => `| ${when} | ${found.correlations.length} | ${found.identities.length} | ${found.paths.length} |`).join('\n')}

Asked about the pair while its rule is off, \`GET /correlations/explain\` says: *${tried.message}*.`;
}

function needed<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('the estate no longer shows what the example is about');
  return found;
}

const factsTable = ({ evidence }: Correlation): string => {
  const sides = evidence.flatMap(({ left, right }) => [
    ...left.map((field) => ['ServiceNow', field] as const),
    ...right.map((field) => ['Entra', field] as const),
  ]);
  const rows = sides.map(([system, { field, value }]) => `| ${system} | \`${field}\` | \`${value}\` |`);
  return `| Said by | Field | Value |\n| --- | --- | --- |\n${rows.join('\n')}`;
};

const verdictOf = ({ evidence }: Correlation): string =>
  evidence
    .flatMap(({ left }) => left)
    .map(({ field, value }) => `${field}: \`${value}\``)
    .join(', ');

const hopsTable = ({ hops }: Path): string => {
  const rows = hops.map(({ edge_type, from, to, evidence }, index) => {
    const shown = [...new Set(evidence.map((one) => (one.kind === 'correlation' ? `\`${one.rule_id}\`` : one.kind)))];
    return `| ${index + 1} | \`${edge_type}\` | ${from.display_name} | ${to.display_name} (\`${to.entity_type}\`) | ${shown.join(', ')} |`;
  });
  return `| | Hop | From | To | Shown by |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}`;
};

const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
