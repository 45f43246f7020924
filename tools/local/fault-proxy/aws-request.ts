import { restAction } from './rest-actions.ts';

/** How a service writes its requests, answers and errors. https://smithy.io/2.0/aws/protocols/index.html */
export type Protocol = 'query' | 'json-1.0' | 'json-1.1' | 'rest-json' | 'rest-xml';

/** What a signed request to AWS asks for. */
export interface AwsRequest {
  readonly accessKey: string;
  /** The prefix of IAM actions: `iam`, `s3`, `lambda`. */
  readonly service: string;
  /** The IAM action, `iam:GetRole`; `<service>:<METHOD> <path>` if the path is of no operation known here. */
  readonly action: string;
  readonly protocol: Protocol;
  /** By name: the form of a query request, the top level of a JSON body, the query string. Strings only. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A request as it came. */
export interface RawRequest {
  readonly method: string;
  /** Path and query string. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Signing names that differ from the prefix of their IAM actions. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Reads what a request asks for, or undefined if it carries no AWS signature (Signature Version 4). */
export function readAwsRequest(raw: RawRequest): AwsRequest | undefined {
  const url = new URL(raw.url, 'https://aws.invalid');
  const scope = credentialScope(raw, url);
  if (!scope) return undefined;
  const [accessKey = '', , , signingName = ''] = scope.split('/');
  const service = PREFIXES[signingName] ?? signingName;
  return { accessKey, service, ...readOperation(raw, url, service) };
}

/** `<access key>/<date>/<region>/<service>/aws4_request`, from the header or from a presigned URL. */
function credentialScope(raw: RawRequest, url: URL): string | undefined {
  const { authorization } = raw.headers;
  const header = typeof authorization === 'string' ? authorization : '';
  return /^AWS4-\S+ .*?Credential=([^,\s]+)/.exec(header)?.[1] ?? url.searchParams.get('X-Amz-Credential') ?? undefined;
}

function readOperation(
  raw: RawRequest,
  url: URL,
  service: string,
): Pick<AwsRequest, 'action' | 'protocol' | 'parameters'> {
  const target = raw.headers['x-amz-target'];
  const type = raw.headers['content-type'];
  const query = Object.fromEntries(url.searchParams);
  if (typeof target === 'string') {
    const protocol = type === 'application/x-amz-json-1.0' ? 'json-1.0' : 'json-1.1';
    return { action: `${service}:${target.split('.').at(-1)}`, protocol, parameters: jsonParameters(raw.body) };
  }
  const form = typeof type === 'string' && type.startsWith('application/x-www-form-urlencoded');
  const parameters = form ? Object.fromEntries(new URLSearchParams(raw.body.toString())) : query;
  if (parameters.Action) return { action: `${service}:${parameters.Action}`, protocol: 'query', parameters };
  const operation = restAction(service, raw.method, url) ?? `${raw.method} ${url.pathname}`;
  return {
    action: `${service}:${operation}`,
    protocol: service === 's3' ? 'rest-xml' : 'rest-json',
    parameters: query,
  };
}

function jsonParameters(body: Buffer): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    // Not for us to refuse: the service will.
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => typeof value === 'string'));
}
