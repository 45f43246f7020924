import {
  DescribeConnectionCommand,
  type DescribeConnectionResponse,
  EventBridgeClient,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
} from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { apiDestinations, withoutTokens } from '../../../../src/connectors/aws/eventbridge/api-destinations.ts';
import { connections } from '../../../../src/connectors/aws/eventbridge/connections.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const CONNECTION = `arn:aws:events:${REGION}:${ACCOUNT}:connection/tickets/0f8f`;
const DESTINATION = `arn:aws:events:${REGION}:${ACCOUNT}:api-destination/tickets/0f8f`;
const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:events!connection/tickets/0f8f-AbCdEf`;
const CLIENT = '0f8fad5b-d9cb-469f-a165-70867728950e';
const TENANT = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

const events = mockClient(EventBridgeClient);
beforeEach(() => {
  events.reset();
  events.on(ListConnectionsCommand).resolves({
    Connections: [
      {
        ConnectionArn: CONNECTION,
        Name: 'tickets',
        ConnectionState: 'AUTHORIZED',
        AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
      },
    ],
  });
  described({
    OAuthParameters: {
      AuthorizationEndpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
      HttpMethod: 'POST',
      ClientParameters: { ClientID: CLIENT.toUpperCase() },
      OAuthHttpParameters: { BodyParameters: [{ Key: 'client_secret', Value: 'hunter2', IsValueSecret: false }] },
    },
    InvocationHttpParameters: { HeaderParameters: [{ Key: 'x-token', Value: 'hunter2', IsValueSecret: false }] },
  });
});

const described = (AuthParameters: DescribeConnectionResponse['AuthParameters']) =>
  events.on(DescribeConnectionCommand).resolves({ ConnectionArn: CONNECTION, SecretArn: SECRET, AuthParameters });

describe('a connection', () => {
  it('says how it signs in and where its secret is, and no value that is sent', async () => {
    const { observations, nodes, edges, row } = await look(connections);
    expect(nodes[0]?.properties).toEqual({
      arn: CONNECTION,
      name: 'tickets',
      region: REGION,
      auth_type: 'OAUTH_CLIENT_CREDENTIALS',
      state: 'AUTHORIZED',
      secret_arn: SECRET,
      encryption_key: null,
      token_url: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
      client_id: CLIENT,
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['STORED_IN', SECRET],
    ]);
    expect(JSON.stringify(observations)).not.toContain('hunter2');
    expect(row.status).toBe('complete');
  });

  it('with a user name or a client id that is no GUID keeps neither', async () => {
    described({
      BasicAuthParameters: { Username: 'hunter2' },
      OAuthParameters: { ClientParameters: { ClientID: 'hunter2' } },
    });
    const { observations, nodes } = await look(connections);
    expect(nodes[0]?.properties).toMatchObject({ client_id: null, token_url: null });
    expect(JSON.stringify(observations)).not.toContain('hunter2');
  });

  it('that may not be described is there, and where its secret is is not known', async () => {
    events.on(DescribeConnectionCommand).rejects(awsError('AccessDeniedException'));
    const { nodes, gaps } = await look(connections);
    expect(nodes[0]?.properties).not.toHaveProperty('secret_arn');
    expect(gaps).toEqual([expect.objectContaining({ action: 'events:DescribeConnection', item: CONNECTION })]);
  });
});

describe('an API destination', () => {
  it('has an endpoint as others may know it, and signs in as its connection', async () => {
    events.on(ListApiDestinationsCommand).resolves({
      ApiDestinations: [
        {
          ApiDestinationArn: DESTINATION,
          Name: 'tickets',
          ConnectionArn: CONNECTION,
          InvocationEndpoint: 'https://Media.Service-Now.com:443/api/now/table/incident/?token=hunter2',
          HttpMethod: 'POST',
          ApiDestinationState: 'ACTIVE',
        },
      ],
    });
    const { observations, nodes, edges } = await look(apiDestinations);
    const endpoint = 'https://media.service-now.com/api/now/table/incident';
    expect(nodes[0]).toMatchObject({
      properties: {
        arn: DESTINATION,
        name: 'tickets',
        region: REGION,
        endpoint,
        http_method: 'POST',
        state: 'ACTIVE',
        connection_arn: CONNECTION,
      },
      correlation_keys: [{ kind: 'endpoint_url', value: endpoint }],
    });
    expect(edges.map(({ edge_type, to }) => [edge_type, to.source_record_id])).toEqual([
      ['BELONGS_TO', `arn:aws:iam::${ACCOUNT}:root`],
      ['AUTHENTICATES_AS', CONNECTION],
    ]);
    expect(JSON.stringify(observations)).not.toContain('hunter2');
  });

  it('without an ARN is unreadable, and its siblings are not', async () => {
    events.on(ListApiDestinationsCommand).resolves({
      ApiDestinations: [
        { Name: 'odd' },
        { ApiDestinationArn: DESTINATION, Name: 'tickets', InvocationEndpoint: 'oops' },
      ],
    });
    const { nodes, gaps } = await look(apiDestinations);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]?.properties.endpoint).toBeNull();
    expect(nodes[0]).not.toHaveProperty('correlation_keys');
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'odd' })]);
  });
});

it.each([
  ['https://hooks.slack.com/services/T0/B0/Xb1Xb1Xb1Xb1Xb1Xb1Xb1Xb1', 'https://hooks.slack.com/services/T0/B0/*'],
  ['https://x.example/hook/0f8fad5bd9cb469fa16570867728950e', 'https://x.example/hook/*'],
  ['https://a-very-long-host-name-2026.example/api', 'https://a-very-long-host-name-2026.example/api'],
  [
    'https://x.example/api/now/import/a_very_long_table_name',
    'https://x.example/api/now/import/a_very_long_table_name',
  ],
  [undefined, undefined],
])('of the path of %s, what may be a password is left out', (endpoint, expected) => {
  expect(withoutTokens(endpoint)).toBe(expected);
});
