import { type ApiDestination, EventBridgeClient, ListApiDestinationsCommand } from '@aws-sdk/client-eventbridge';
import type { Observation } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'events:ListApiDestinations';

/** Addresses outside to which rules and pipes send events. */
export const apiDestinations: AwsCollector = {
  id: 'events.api-destinations',
  category: 'aws_eventbridge',
  regional: true,
  entity_types: ['aws_event_api_destination'],
  edge_types: ['BELONGS_TO', 'AUTHENTICATES_AS'],
  actions: [LIST],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => session.client(EventBridgeClient).send(new ListApiDestinationsCommand({ NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.ApiDestinations,
      name: (destination) => destination.ApiDestinationArn ?? destination.Name ?? 'a destination without a name',
      look: (destination) => toApiDestination(destination, session),
    }),
};

/** A destination, with its endpoint as others may know it too. Throws TypeError on a record that makes no sense. */
export function* toApiDestination(
  destination: ApiDestination,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
): Generator<Observation, void, undefined> {
  const arn = required(destination.ApiDestinationArn, 'ApiDestinationArn');
  const name = required(destination.Name, 'Name');
  const ref = arnRef('aws_event_api_destination', arn);
  const endpoint = withoutTokens(canonicalEndpoint(destination.InvocationEndpoint));
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      endpoint: endpoint ?? null,
      http_method: destination.HttpMethod,
      state: destination.ApiDestinationState,
      connection_arn: destination.ConnectionArn ?? null,
    }),
    ...(endpoint && { correlation_keys: [{ kind: 'endpoint_url', value: endpoint }] }),
    api: LIST,
  };
  yield belongsTo(ref, session, LIST);
  if (destination.ConnectionArn) {
    yield {
      kind: 'edge',
      edge_type: 'AUTHENTICATES_AS',
      from: ref,
      to: arnRef('aws_event_connection', destination.ConnectionArn),
      stated_by: statedBy(arn, `ConnectionArn[${destination.ConnectionArn}]`),
      properties: {},
      api: LIST,
    };
  }
}

/** A part of a path as long and as mixed as this is no word: in the address of a webhook it is its password. */
const TOKEN = /^(?=.*[A-Z0-9]).{20,}$/;

/** An endpoint without what may be a password in its path; `*` stands in its place, as AWS writes what is filled in later. */
export const withoutTokens = (endpoint: string | undefined): string | undefined =>
  endpoint
    ?.split('/')
    .map((part, at) => (at > 2 && TOKEN.test(part) ? '*' : part))
    .join('/');
