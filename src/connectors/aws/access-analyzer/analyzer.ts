import type { AnalyzerSummary } from '@aws-sdk/client-accessanalyzer';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import type { Reading } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';

/** The calls that tell of an analyzer. */
export const ANALYZERS = 'access-analyzer:ListAnalyzers';
export const ARCHIVE_RULES = 'access-analyzer:ListArchiveRules';

/** An analyzer with the names of its archive rules: what these match is found, and shown to nobody. Throws TypeError on a record that makes no sense. */
export function* toAnalyzer(
  analyzer: AnalyzerSummary,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  archive_rules: Reading<readonly string[]>,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_access_analyzer', required(analyzer.arn, 'arn'));
  yield {
    kind: 'node',
    ...ref,
    display_name: required(analyzer.name, 'name'),
    properties: known({
      arn: ref.source_record_id,
      name: analyzer.name,
      region: session.region,
      type: required(analyzer.type, 'type'),
      // A disabled one finds nothing any more, and says nothing of it.
      status: analyzer.status,
      status_reason: analyzer.statusReason?.code ?? null,
      managed_by: analyzer.managedBy ?? null,
      created_at: moment(analyzer.createdAt),
      ...configurationOf(analyzer.configuration),
      archive_rules: archive_rules.known ? [...(archive_rules.value ?? [])].sort() : undefined,
      tags: tagsOfMap(analyzer.tags),
    }),
    api: ANALYZERS,
    property_apis: { archive_rules: ARCHIVE_RULES },
  };
  yield belongsTo(ref, session, ANALYZERS);
  yield {
    kind: 'activity',
    entity: ref,
    name: 'analysis',
    value: { last_analyzed_at: moment(analyzer.lastResourceAnalyzedAt) ?? null },
  };
}

/** What an analyzer of unused access leaves out, and what one of internal access looks at. */
function configurationOf(configuration: AnalyzerSummary['configuration']): Readonly<Record<string, Json | undefined>> {
  const { unusedAccess, internalAccess } = configuration ?? {};
  return {
    unused_access_age_days: unusedAccess?.unusedAccessAge,
    exclusions: unusedAccess?.analysisRule?.exclusions?.map(({ accountIds, resourceTags }) => ({
      account_ids: [...(accountIds ?? [])].sort(),
      resource_tags: (resourceTags ?? []).map(tagsOfMap),
    })),
    inclusions: internalAccess?.analysisRule?.inclusions?.map(({ accountIds, resourceTypes, resourceArns }) => ({
      account_ids: [...(accountIds ?? [])].sort(),
      resource_types: [...(resourceTypes ?? [])].sort(),
      resource_arns: [...(resourceArns ?? [])].sort(),
    })),
  };
}
