import type { ContainerDefinition, Secret } from '@aws-sdk/client-ecs';
import type { Json } from '../../../kernel/canonical.ts';
import { identifierVariables } from '../identifier-variables.ts';
import { known, required } from '../properties.ts';
import type { AwsSession } from '../session.ts';
import { imageName } from './image.ts';

type Home = Pick<AwsSession, 'account' | 'partition' | 'region'>;

/** A container of a task definition. Of its environment only names, of its secrets only where they are; commands and labels are content. */
export function containerProperties(container: ContainerDefinition, home: Home): Json {
  const { names } = identifierVariables(environmentOf(container));
  const { name, tag, digest, repository_arn } = imageName(required(container.image, 'image'), home);
  return known({
    name: required(container.name, 'name'),
    image: name,
    image_tag: tag,
    image_digest: digest,
    repository_arn,
    essential: container.essential ?? true,
    privileged: container.privileged ?? false,
    environment_names: [...names],
    environment_file_arns: (container.environmentFiles ?? []).map(({ value }) => required(value, 'value')).sort(),
    secrets: secretsOf([...(container.secrets ?? []), ...(container.logConfiguration?.secretOptions ?? [])], home),
    registry_credentials_arn: container.repositoryCredentials?.credentialsParameter ?? null,
  });
}

/** The identifiers in the environments of the containers together. */
export function environmentIdentifiers(containers: readonly ContainerDefinition[]): Json {
  const all = containers.flatMap((container) => identifierVariables(environmentOf(container)).identifiers);
  const byText = new Map(all.map(({ key, value }) => [`${key}=${value}`, { key, value }]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, identifier]) => identifier);
}

const environmentOf = (container: ContainerDefinition): readonly (readonly [string, unknown])[] =>
  (container.environment ?? []).map(({ name, value }) => [required(name, 'environment.name'), value]);

const secretsOf = (secrets: readonly Secret[], home: Home): Json =>
  secrets
    .map(({ name, valueFrom }) => ({ name: name ?? '', arn: secretArn(valueFrom ?? '', home) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** A parameter's name is letters, digits and these. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
const PARAMETER = /^[\w.\-/]+$/;

/**
 * The ARN of a secret or parameter: a reference to a secret may name a key of it, a stage and a version besides, and a
 * parameter of the same region may be named without its ARN; null where the text is neither, and then it is not kept.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
 */
export function secretArn(valueFrom: string, { account, partition, region }: Home): string | null {
  if (/^arn:[a-z-]+:secretsmanager:/.test(valueFrom)) return valueFrom.split(':').slice(0, 7).join(':');
  if (/^arn:[a-z-]+:ssm:/.test(valueFrom)) return valueFrom;
  if (!PARAMETER.test(valueFrom)) return null;
  return `arn:${partition}:ssm:${region}:${account}:parameter/${valueFrom.replace(/^\//, '')}`;
}
