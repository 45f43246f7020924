import {
  type Connection,
  DescribeConnectionCommand,
  type DescribeConnectionResponse,
  EventBridgeClient,
  ListConnectionsCommand,
} from '@aws-sdk/client-eventbridge';
import type { Observation } from '../../../observations/observation.ts';
import { canonicalEndpoint } from '../../endpoint-url.ts';
import { arnRef, belongsTo, statedBy } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';

const LIST = 'events:ListConnections';
const DESCRIBE = 'events:DescribeConnection';

/** How events are sent outside: the kind of sign-in and the secret that is used for it, which is not read. */
export const connections: AwsCollector = {
  id: 'events.connections',
  category: 'aws_eventbridge',
  regional: true,
  entity_types: ['aws_event_connection'],
  edge_types: ['BELONGS_TO', 'STORED_IN'],
  actions: [LIST, DESCRIBE],
  collect: (session, cursor) =>
    lookAtEach({
      action: LIST,
      cursor,
      fetch: (NextToken) => session.client(EventBridgeClient).send(new ListConnectionsCommand({ NextToken })),
      next: (page) => page.NextToken,
      items: (page) => page.Connections,
      name: (connection) => connection.ConnectionArn ?? connection.Name ?? 'a connection without a name',
      look: (connection) => lookAtConnection(session, connection),
    }),
};

async function* lookAtConnection(
  session: AwsSession,
  connection: Connection,
): AsyncGenerator<Observation, void, undefined> {
  const item = required(connection.ConnectionArn, 'ConnectionArn');
  const description = yield* readItem({ action: DESCRIBE, item }, async () => {
    const Name = required(connection.Name, 'Name');
    const answer = await session.client(EventBridgeClient).send(new DescribeConnectionCommand({ Name }));
    answered(answer.ConnectionArn, 'ConnectionArn');
    return answer;
  });
  yield* toConnection(connection, session, description);
}

/** An application of Entra has a GUID; the client ids of other systems are no identifiers that we know. */
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * A connection. Of its sign-in the kind, the endpoint that gives tokens and a client id that is a GUID are kept: header
 * values, user names and the like are not. Throws TypeError on a record that makes no sense.
 */
export function* toConnection(
  connection: Connection,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  description: Reading<DescribeConnectionResponse>,
): Generator<Observation, void, undefined> {
  const arn = required(connection.ConnectionArn, 'ConnectionArn');
  const name = required(connection.Name, 'Name');
  const ref = arnRef('aws_event_connection', arn);
  const described = description.known ? description.value : undefined;
  const oauth = described?.AuthParameters?.OAuthParameters;
  const client = oauth?.ClientParameters?.ClientID;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      auth_type: connection.AuthorizationType,
      state: connection.ConnectionState,
      secret_arn: described && (described.SecretArn ?? null),
      encryption_key: described && (described.KmsKeyIdentifier ?? null),
      token_url: described && (canonicalEndpoint(oauth?.AuthorizationEndpoint) ?? null),
      client_id: described && (client && GUID.test(client) ? client.toLowerCase() : null),
    }),
    api: LIST,
    property_apis: { secret_arn: DESCRIBE, encryption_key: DESCRIBE, token_url: DESCRIBE, client_id: DESCRIBE },
  };
  yield belongsTo(ref, session, LIST);
  if (described?.SecretArn) {
    yield {
      kind: 'edge',
      edge_type: 'STORED_IN',
      from: ref,
      to: arnRef('aws_secretsmanager_secret', described.SecretArn),
      stated_by: statedBy(arn, `SecretArn[${described.SecretArn}]`),
      properties: {},
      api: DESCRIBE,
    };
  }
}
