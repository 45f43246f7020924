import type { AwsRequestHandler } from '../../../src/connectors/aws/clients.ts';

/** A request as the SDK sends it. */
export interface SentRequest {
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly body: string;
}

/** The action of a request of the query protocol (IAM, STS, SNS), or the target of the JSON protocol. */
export const actionOf = (request: SentRequest): string =>
  request.headers['x-amz-target']?.split('.').at(-1) ??
  new URLSearchParams(String(request.body ?? '')).get('Action') ??
  request.path;

/** Stands where the network would be, so that everything of the SDK and of ours is tested as it is. */
export function fakeAws(answer: (request: SentRequest) => FakeAnswer | Error): {
  readonly handler: AwsRequestHandler;
  readonly sent: SentRequest[];
} {
  const sent: SentRequest[] = [];
  return {
    sent,
    handler: {
      async handle(request: SentRequest) {
        sent.push(request);
        const given = answer(request);
        if (given instanceof Error) throw given;
        return {
          response: { statusCode: given.status ?? 200, headers: {}, body: new TextEncoder().encode(given.body) },
        };
      },
      destroy() {},
      metadata: { handlerProtocol: 'http/1.1' },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  };
}

export const SESSION = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

/** A refusal in the query protocol. */
export const refusal = (code: string, message = 'no'): FakeAnswer => ({
  status: 403,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});
