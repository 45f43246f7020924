import type { AwsSession } from '../session.ts';

/** What the text of an image says. */
export interface ImageName {
  readonly name: string;
  readonly tag: string | null;
  readonly digest: string | null;
  /** ARN of its repository, where that is a private one of ECR. */
  readonly repository_arn: string | null;
}

/** Hosts of private registries, FIPS and dual-stack ones too. https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html */
const ECR_HOST = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|on\.aws)$/;

/** `<host>/<repository>[:<tag>][@<digest>]` taken apart. */
export function imageName(image: string, { partition }: Pick<AwsSession, 'partition'>): ImageName {
  const [tagged = '', digest] = image.split('@', 2);
  // A colon before the last slash is that of a port.
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const name = colon < 0 ? tagged : tagged.slice(0, colon);
  const [host = '', ...path] = name.split('/');
  const [, account, region] = ECR_HOST.exec(host) ?? [];
  return {
    name,
    tag: colon < 0 ? null : tagged.slice(colon + 1),
    digest: digest ?? null,
    repository_arn:
      account && region && path.length > 0
        ? `arn:${partition}:ecr:${region}:${account}:repository/${path.join('/')}`
        : null,
  };
}
