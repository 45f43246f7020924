import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  type Repository,
  type Tag,
} from '@aws-sdk/client-ecr';
import type { Observation, ObservedPolicyDocument } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { lookAtEach } from '../look-at-each.ts';
import { resourcePolicy } from '../policy-document.ts';
import { known, required } from '../properties.ts';
import { answered, type Reading, readItem } from '../reading.ts';
import type { AwsCollector, AwsSession } from '../session.ts';
import { sortedTags } from '../tags.ts';

const LIST = 'ecr:DescribeRepositories';
const POLICY = 'ecr:GetRepositoryPolicy';
const TAGS = 'ecr:ListTagsForResource';

/** The private image repositories of a region and who may pull from them; no image is looked at. */
export const repositories: AwsCollector = {
  id: 'ecr.repositories',
  category: 'aws_ecs_ecr',
  regional: true,
  entity_types: ['aws_ecr_repository'],
  edge_types: ['BELONGS_TO'],
  actions: [LIST, POLICY, TAGS],
  collect(session, cursor) {
    const client = session.client(ECRClient);
    return lookAtEach({
      action: LIST,
      cursor,
      fetch: (nextToken) => client.send(new DescribeRepositoriesCommand({ nextToken })),
      next: (page) => page.nextToken,
      items: (page) => page.repositories,
      name: (repository) => repository.repositoryArn ?? repository.repositoryName ?? 'a repository without a name',
      look: (repository) => lookAtRepository(session, repository),
    });
  },
};

async function* lookAtRepository(
  session: AwsSession,
  repository: Repository,
): AsyncGenerator<Observation, void, undefined> {
  const client = session.client(ECRClient);
  const item = required(repository.repositoryArn, 'repositoryArn');
  const { registryId } = repository;
  const repositoryName = required(repository.repositoryName, 'repositoryName');
  const policy = yield* readItem({ action: POLICY, item, absent: ['RepositoryPolicyNotFoundException'] }, async () => {
    const { policyText } = await client.send(new GetRepositoryPolicyCommand({ registryId, repositoryName }));
    return resourcePolicy(answered(policyText, 'policyText'));
  });
  const tags = yield* readItem({ action: TAGS, item }, async () =>
    answered((await client.send(new ListTagsForResourceCommand({ resourceArn: item }))).tags, 'tags'),
  );
  yield* toRepository(repository, session, { policy, tags });
}

/** What other calls told about a repository. */
export interface RepositoryDetails {
  readonly policy: Reading<ObservedPolicyDocument>;
  readonly tags: Reading<readonly Tag[]>;
}

/** A repository. Throws TypeError on a record that makes no sense. */
export function* toRepository(
  repository: Repository,
  session: Pick<AwsSession, 'account' | 'partition' | 'region'>,
  { policy, tags }: RepositoryDetails,
): Generator<Observation, void, undefined> {
  const arn = required(repository.repositoryArn, 'repositoryArn');
  const name = required(repository.repositoryName, 'repositoryName');
  const ref = arnRef('aws_ecr_repository', arn);
  const { encryptionConfiguration: encryption } = repository;
  if (policy.known && policy.value) yield policy.value;
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arn,
      name,
      region: session.region,
      uri: repository.repositoryUri,
      tag_mutability: repository.imageTagMutability,
      scan_on_push: repository.imageScanningConfiguration?.scanOnPush ?? false,
      encryption: encryption?.encryptionType,
      encryption_key: encryption?.kmsKey ?? null,
      resource_policy_hash: policy.known ? (policy.value?.hash ?? null) : undefined,
      tags: tags.known ? sortedTags(tags.value) : undefined,
    }),
    api: LIST,
    property_apis: { resource_policy_hash: POLICY, tags: TAGS },
  };
  yield belongsTo(ref, session, LIST);
}
