import {
  ConfigServiceClient,
  type ConformancePackDetail,
  DescribeConformancePacksCommand,
  type DescribeConformancePacksResponse,
  GetConformancePackComplianceSummaryCommand,
  type GetConformancePackComplianceSummaryResponse,
} from '@aws-sdk/client-config-service';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { bucketArn, namedEdge } from '../named-edge.ts';
import { known, moment, required } from '../properties.ts';
import { checkpoint, listed, oneItem, pages, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'config:DescribeConformancePacks';
const COMPLIANCE = 'config:GetConformancePackComplianceSummary';

/** "ConformancePackNames: maximum number of 5 items". https://docs.aws.amazon.com/config/latest/APIReference/API_GetConformancePackComplianceSummary.html */
const NAMES_AT_ONCE = 5;

/** The conformance packs of a region, and how the account fares by them (which is activity). */
export const conformancePacks: AwsCollector = {
  id: 'config.conformance-packs',
  category: 'aws_config',
  regional: true,
  entity_types: ['aws_config_conformance_pack'],
  edge_types: ['BELONGS_TO', 'STORED_IN'],
  actions: [LIST, COMPLIANCE],
  async *collect(session, cursor) {
    const client = session.client(ConfigServiceClient);
    const listing = pages<DescribeConformancePacksResponse>({
      action: LIST,
      cursor,
      fetch: (NextToken) => client.send(new DescribeConformancePacksCommand({ NextToken })),
      next: (page) => page.NextToken,
    });
    for await (const page of listing) {
      const found = listed(LIST, page.ConformancePackDetails);
      for (let start = 0; start < found.length; start += NAMES_AT_ONCE) {
        const some = found.slice(start, start + NAMES_AT_ONCE);
        const compliance = yield* complianceOf(session, some);
        for (const pack of some) {
          const item = pack.ConformancePackArn ?? pack.ConformancePackName ?? 'a conformance pack without a name';
          yield* oneItem({ action: LIST, item }, () => toConformancePack(pack, session, compliance));
        }
      }
      yield* checkpoint(page.NextToken);
    }
  },
};

type StatusByName = ReadonlyMap<string, string>;

/** Compliance of some packs in one call. Where one of them was deleted meanwhile AWS tells of none: it is asked again next time. */
async function* complianceOf(session: AwsSession, some: readonly ConformancePackDetail[]) {
  const ConformancePackNames = some.flatMap(({ ConformancePackName }) => ConformancePackName ?? []);
  const item = `compliance of ${ConformancePackNames.length} conformance packs from ${ConformancePackNames[0]} on`;
  const absent = ['NoSuchConformancePackException'];
  return yield* readItem<StatusByName>({ action: COMPLIANCE, item, absent }, async () => {
    const client = session.client(ConfigServiceClient);
    const byName = new Map<string, string>();
    const listing = pages<GetConformancePackComplianceSummaryResponse>({
      action: COMPLIANCE,
      fetch: (NextToken) =>
        client.send(new GetConformancePackComplianceSummaryCommand({ ConformancePackNames, NextToken })),
      next: (page) => page.NextToken,
    });
    for await (const { ConformancePackComplianceSummaryList } of listing) {
      for (const summary of listed(COMPLIANCE, ConformancePackComplianceSummaryList)) {
        const { ConformancePackName, ConformancePackComplianceStatus } = summary;
        if (ConformancePackName && ConformancePackComplianceStatus) {
          byName.set(ConformancePackName, ConformancePackComplianceStatus);
        }
      }
    }
    return byName;
  });
}

/** A conformance pack. Of its parameters the names are kept. Throws TypeError on a record that makes no sense. */
export function* toConformancePack(
  pack: ConformancePackDetail,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  compliance: Reading<StatusByName>,
): Generator<Observation, void, undefined> {
  const ref = arnRef('aws_config_conformance_pack', required(pack.ConformancePackArn, 'ConformancePackArn'));
  const name = required(pack.ConformancePackName, 'ConformancePackName');
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn: ref.source_record_id,
      name,
      region: session.region,
      bucket: pack.DeliveryS3Bucket || null,
      key_prefix: pack.DeliveryS3KeyPrefix || null,
      parameter_names: (pack.ConformancePackInputParameters ?? [])
        .map(({ ParameterName }) => required(ParameterName, 'ParameterName'))
        .sort(),
      template_document: pack.TemplateSSMDocumentDetails?.DocumentName ?? null,
      last_update_requested_at: moment(pack.LastUpdateRequestedTime),
      created_by: pack.CreatedBy ?? null,
    }),
    api: LIST,
  };
  yield belongsTo(ref, session, LIST);
  const arn = bucketArn(pack.DeliveryS3Bucket, session.partition);
  yield* namedEdge(ref, { edge_type: 'STORED_IN', field: 'DeliveryS3Bucket', to: 'aws_s3_bucket', arn, api: LIST });
  const status = compliance.known ? compliance.value?.get(name) : undefined;
  if (status) yield { kind: 'activity', entity: ref, name: 'compliance', value: { status } };
}
