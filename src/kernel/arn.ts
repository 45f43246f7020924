import type { AccountId } from './ids.ts';

/** The parts of an Amazon Resource Name. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  /** Empty where the ARN has none (S3 buckets, AWS managed policies have `aws`). */
  readonly account: string;
  readonly resource: string;
}

/** Splits an ARN; undefined where the text is none. */
export function parseArn(text: string): Arn | undefined {
  const [prefix, partition, service, region, account, ...rest] = text.split(':');
  if (
    prefix !== 'arn' ||
    !partition ||
    !service ||
    region === undefined ||
    account === undefined ||
    rest.length === 0
  ) {
    return undefined;
  }
  return { partition, service, region, account, resource: rest.join(':') };
}

/** The ARN that stands for a whole account, whoever names it. */
export const accountArn = (account: AccountId, partition = 'aws'): string => `arn:${partition}:iam::${account}:root`;

/** The source system that speaks for an ARN: its account, or its partition where it has none. */
export function sourceSystemOf(arn: string): string {
  const parts = parseArn(arn);
  if (!parts) throw new TypeError(`not an ARN: ${arn}`);
  return /^\d{12}$/.test(parts.account) ? `aws:${parts.account}` : `aws:${parts.partition}`;
}
