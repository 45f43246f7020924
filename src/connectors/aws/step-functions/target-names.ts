import { parseArn } from '../../../kernel/arn.ts';
import { qualifierOf, unqualified } from '../lambda/function-arn.ts';
import type { AwsSession } from '../session.ts';

type Home = Pick<AwsSession, 'account' | 'partition' | 'region'>;

/** What a name in a definition stands for. */
export interface Named {
  readonly target: string;
  /** Version or alias. */
  readonly qualifier?: string;
  /** Stands for whichever revision is the latest: a name, and not one thing. */
  readonly latest?: boolean;
}

/** A function by ARN, by `<account>:function:<name>` or by name, each with or without a qualifier. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export function functionArn(text: string, { partition, region, account }: Home): Named | undefined {
  const short = /^(?:(\d{12}):function:)?([A-Za-z0-9_-]{1,140}(?::[A-Za-z0-9_$-]+)?)$/.exec(text);
  const arn = short ? `arn:${partition}:lambda:${region}:${short[1] ?? account}:function:${short[2]}` : text;
  const parsed = parseArn(arn);
  if (parsed?.service !== 'lambda' || !parsed.resource.startsWith('function:')) return undefined;
  const qualifier = qualifierOf(arn);
  return { target: unqualified(arn), ...(qualifier ? { qualifier } : {}) };
}

/** A queue by its URL. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
export function queueArn(text: string, home: Home): Named | undefined {
  const [, host = '', account, name] = /^https?:\/\/([^/]+)\/(\d{12})\/([A-Za-z0-9_.-]+)$/.exec(text) ?? [];
  if (!account) return undefined;
  const region = /^sqs\.([a-z0-9-]+)\./.exec(host)?.[1] ?? home.region;
  return { target: `arn:${home.partition}:sqs:${region}:${account}:${name}` };
}

/** A table by name or ARN. */
export const tableArn = (text: string, home: Home): Named | undefined =>
  nameOrArn(text, { service: 'dynamodb', kind: 'table/', name: /^[A-Za-z0-9_.-]{3,255}$/ }, home);

/** An event bus by name or ARN. */
export const busArn = (text: string, home: Home): Named | undefined =>
  nameOrArn(text, { service: 'events', kind: 'event-bus/', name: /^[A-Za-z0-9_./-]{1,256}$/ }, home);

/** A task definition by family, family and revision, or ARN. */
export function taskDefinitionArn(text: string, home: Home): Named | undefined {
  const name = /^[A-Za-z0-9_-]{1,255}(:\d+)?$/;
  const named = nameOrArn(text, { service: 'ecs', kind: 'task-definition/', name }, home);
  return named && (/:\d+$/.test(named.target) ? named : { ...named, latest: true });
}

/** An agent by its id. */
export const agentArn = (text: string, home: Home): Named | undefined =>
  nameOrArn(text, { service: 'bedrock', kind: 'agent/', name: /^[0-9A-Z]{1,10}$/ }, home);

function nameOrArn(
  text: string,
  what: { readonly service: string; readonly kind: string; readonly name: RegExp },
  { partition, region, account }: Home,
): Named | undefined {
  const arn = parseArn(text);
  if (arn) return arn.service === what.service && arn.resource.startsWith(what.kind) ? { target: text } : undefined;
  if (!what.name.test(text)) return undefined;
  return { target: `arn:${partition}:${what.service}:${region}:${account}:${what.kind}${text}` };
}

/** An ARN of one service and kind, cut to some parts of its resource; the next part is its qualifier. */
export function arnOf(
  text: string,
  service: string,
  kind: RegExp,
  parts = Number.POSITIVE_INFINITY,
): Named | undefined {
  const arn = parseArn(text);
  if (arn?.service !== service || !kind.test(arn.resource)) return undefined;
  const resource = arn.resource.split(':');
  const qualifier = resource[parts];
  return {
    target: [...text.split(':').slice(0, 5), ...resource.slice(0, parts)].join(':'),
    ...(qualifier ? { qualifier } : {}),
  };
}

/** A model or inference profile, by id or ARN. */
export const modelName = (text: string): Named | undefined =>
  /^[A-Za-z0-9._:/-]{1,2048}$/.test(text) ? { target: text } : undefined;

/** A bucket by its name. */
export const bucketArn = (text: string, { partition }: Home): Named | undefined =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) ? { target: `arn:${partition}:s3:::${text}` } : undefined;
