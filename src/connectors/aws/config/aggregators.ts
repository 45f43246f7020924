import {
  ConfigServiceClient,
  type ConfigurationAggregator,
  DescribeConfigurationAggregatorsCommand,
} from '@aws-sdk/client-config-service';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { namedEdge } from '../named-edge.ts';
import { known, moment, required } from '../properties.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'config:DescribeConfigurationAggregators';

/** The aggregators of a region: whose configuration is seen from here, and as whom the organization is asked. */
export const aggregators: AwsCollector = {
  id: 'config.aggregators',
  category: 'aws_config',
  regional: true,
  entity_types: ['aws_config_aggregator'],
  edge_types: ['BELONGS_TO', 'RUNS_AS'],
  actions: [LIST],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) =>
        session.client(ConfigServiceClient).send(new DescribeConfigurationAggregatorsCommand({ NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.ConfigurationAggregators,
      name: ({ ConfigurationAggregatorArn, ConfigurationAggregatorName }) =>
        ConfigurationAggregatorArn ?? ConfigurationAggregatorName ?? 'an aggregator without a name',
      look: (aggregator) => toAggregator(aggregator, session),
    }),
};

/** An aggregator: of an organization, or of a list of accounts. Throws TypeError on a record that makes no sense. */
export function* toAggregator(
  aggregator: ConfigurationAggregator,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const arn = required(aggregator.ConfigurationAggregatorArn, 'ConfigurationAggregatorArn');
  const ref = arnRef('aws_config_aggregator', arn);
  const organization = aggregator.OrganizationAggregationSource;
  yield {
    kind: 'node',
    ...ref,
    display_name: required(aggregator.ConfigurationAggregatorName, 'ConfigurationAggregatorName'),
    properties: known({
      arn,
      name: aggregator.ConfigurationAggregatorName,
      region: session.region,
      is_of_organization: organization !== undefined,
      organization_role_arn: organization?.RoleArn ?? null,
      organization_regions: organization && regionsOf(organization),
      account_sources: (aggregator.AccountAggregationSources ?? []).map((source) => ({
        account_ids: [...required(source.AccountIds, 'AccountIds')].sort(),
        regions: regionsOf(source),
      })),
      created_at: moment(aggregator.CreationTime),
      created_by: aggregator.CreatedBy ?? null,
    }),
    api: LIST,
  };
  yield belongsTo(ref, session, LIST);
  yield* namedEdge(ref, {
    edge_type: 'RUNS_AS',
    field: 'OrganizationAggregationSource.RoleArn',
    to: 'aws_iam_role',
    arn: organization?.RoleArn,
    api: LIST,
  });
}

/** `all`, or the regions by name. */
const regionsOf = (source: {
  readonly AllAwsRegions?: boolean | undefined;
  readonly AwsRegions?: readonly string[] | undefined;
}): Json => (source.AllAwsRegions ? 'all' : [...(source.AwsRegions ?? [])].sort());
