import { randomUUID } from 'node:crypto';
import type { AwsRequest, Protocol } from './aws-request.ts';

/** An answer that is written as a whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface AwsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

interface Wording {
  readonly status: number;
  readonly code: string;
}

const REFUSED: Readonly<Record<Protocol, Wording>> = {
  query: { status: 403, code: 'AccessDenied' },
  'rest-xml': { status: 403, code: 'AccessDenied' },
  'json-1.0': { status: 400, code: 'AccessDeniedException' },
  'json-1.1': { status: 400, code: 'AccessDeniedException' },
  'rest-json': { status: 403, code: 'AccessDeniedException' },
};

const THROTTLED: Readonly<Record<Protocol, Wording>> = {
  query: { status: 400, code: 'Throttling' },
  'rest-xml': { status: 503, code: 'SlowDown' },
  'json-1.0': { status: 400, code: 'ThrottlingException' },
  'json-1.1': { status: 400, code: 'ThrottlingException' },
  'rest-json': { status: 429, code: 'ThrottlingException' },
};

/** Services that call it something else than the others of their protocol. Source: the errors of their API references. */
const REFUSED_BY: Readonly<Record<string, Wording>> = {
  sns: { status: 403, code: 'AuthorizationError' },
};
const THROTTLED_BY: Readonly<Record<string, Wording>> = {
  lambda: { status: 429, code: 'TooManyRequestsException' },
  organizations: { status: 400, code: 'TooManyRequestsException' },
  sqs: { status: 403, code: 'RequestThrottled' },
};

/** What AWS answers to a principal whom no policy allows the action. */
export function refusal(request: AwsRequest, principal: string): Answer {
  const wording = REFUSED_BY[request.service] ?? REFUSED[request.protocol];
  const reason = `because no identity-based policy allows the ${request.action} action`;
  const message = `User: ${principal} is not authorized to perform: ${request.action} ${reason}`;
  return write(request.protocol, { ...wording, message });
}

/** What AWS answers to a principal who calls too often. */
export function throttling(request: AwsRequest): Answer {
  const wording = THROTTLED_BY[request.service] ?? THROTTLED[request.protocol];
  const message = request.service === 's3' ? 'Please reduce your request rate.' : 'Rate exceeded';
  return write(request.protocol, { ...wording, message });
}

function write(protocol: Protocol, error: AwsError): Answer {
  const id = randomUUID();
  const { status, code, message } = error;
  switch (protocol) {
    case 'query':
      return xml(
        { status, id, header: 'x-amzn-requestid' },
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>` +
          `<RequestId>${id}</RequestId></ErrorResponse>`,
      );
    case 'rest-xml':
      return xml(
        { status, id, header: 'x-amz-request-id' },
        `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><RequestId>${id}</RequestId></Error>`,
      );
    case 'json-1.0':
    case 'json-1.1':
      return {
        status,
        headers: { 'content-type': `application/x-amz-${protocol}`, 'x-amzn-requestid': id },
        body: JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }),
      };
    case 'rest-json':
      return {
        status,
        headers: { 'content-type': 'application/json', 'x-amzn-requestid': id, 'x-amzn-errortype': code },
        body: JSON.stringify({ message }),
      };
  }
}

function xml(of: { status: number; id: string; header: string }, body: string): Answer {
  const headers = { 'content-type': 'text/xml', [of.header]: of.id };
  return { status: of.status, headers, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
