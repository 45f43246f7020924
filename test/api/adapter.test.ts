import { describe, expect, it } from 'vitest';
import { adapted } from '../../lambdas/api/adapter.ts';
import { aHubApi } from './a-hub-api.ts';

/** A request as the gateway hands it over. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const ask = (method: string, rawPath: string) =>
  adapted(aHubApi().app)({
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { host: 'hub.example.com' },
    isBase64Encoded: false,
    body: null,
    requestContext: {
      accountId: '1',
      apiId: 'a',
      authentication: null,
      authorizer: {},
      domainName: 'hub.example.com',
      domainPrefix: 'hub',
      requestId: 'r-1',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    },
  });

describe('what the gateway hands over', () => {
  it('reaches the routes', async () => {
    expect(await ask('GET', '/health')).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
  });

  it.each(['#', '?'])('is one path, also with a %s in it', async (character) => {
    const answer = await ask('POST', `/api/v1/scan-runs/a${character}b/cancel`);
    // Its route is found, and wants to know who asks.
    expect(answer.statusCode).toBe(401);
  });

  it.each(['TRACE', 'CONNECT', 'TRACK'])('is answered with a problem where it is %s', async (method) => {
    const answer = await ask(method, '/api/v1/scan-runs');
    expect(answer).toMatchObject({ statusCode: 405, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'method_not_allowed', request_id: 'r-1' });
  });
});
