import { parseArn } from '../kernel/arn.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { EncryptionKey, Resource } from '../policy/index.ts';
import { type AccessTable, accessTable } from './access-levels.ts';
import { accountOf, organizationOf } from './accounts.ts';
import { type AttachedPolicy, resourcePolicy } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { Graph } from './graph.ts';
import { type Assumption, assumed, type Question, STAND_INS } from './judge.ts';
import { memberOf, tagsOf, textOf } from './properties.ts';

/** A resource as something that is asked for: what it is, and its own policy. */
export interface Target {
  readonly entity: GraphEntity;
  readonly account: AccountId;
  readonly table: AccessTable;
  readonly policy: AttachedPolicy | null;
  /** The resource, or a part of it, under an assumption about what could not be read; the same object each time where that makes no difference. */
  readonly resource: (arn: string, assumption: Assumption) => Resource;
  readonly set: (assumption: Assumption) => Pick<Question['policies'], 'resource' | 'key'>;
}

/** The resource as something that is asked for; undefined where its type has no access levels or its account is not known. */
export function targetOf(graph: Graph, entity: GraphEntity): Target | undefined {
  const table = accessTable(entity.entity_type);
  const account = accountOf(graph, entity);
  if (table.levels.length === 0 || account === undefined) return undefined;
  const partition = parseArn(entity.source_record_id)?.partition ?? 'aws';
  const policy = resourcePolicy(graph, entity);
  const known = {
    account,
    organization: organizationOf(graph, account, partition),
    tags: tagsOf(entity),
  };
  const facts = {
    best: { ...known, ...protection(entity, account, partition, 'best') },
    worst: { ...known, ...protection(entity, account, partition, 'worst') },
  };
  const certain = JSON.stringify(facts.best) === JSON.stringify(facts.worst);
  const made = new Map<string, Resource>();
  const setIn = (assumption: Assumption) => ({
    resource: policy ? assumed(policy, assumption) : undefined,
    // Nobody scans key policies yet, so a customer's key is always an unknown.
    key: facts[assumption].encryption_key ? STAND_INS[assumption].resource : undefined,
  });
  const sets = { best: setIn('best'), worst: setIn('worst') };
  return {
    entity,
    account,
    table,
    policy,
    set: (assumption) => sets[assumption],
    resource: (arn, assumption) => {
      const key = `${certain ? 'certain' : assumption} ${arn}`;
      const resource = made.get(key) ?? { arn, ...facts[assumption] };
      made.set(key, resource);
      return resource;
    },
  };
}

type Protection = Pick<Resource, 'restrict_public_buckets' | 'encryption_key'>;

/** What else stands between a caller and the content. DynamoDB uses its key by itself: whoever may read the table needs no key. */
function protection(entity: GraphEntity, account: AccountId, partition: string, assumption: Assumption): Protection {
  switch (entity.entity_type) {
    case 'aws_s3_bucket':
      return { ...publicAccess(entity, assumption), ...bucketKey(entity, account, partition, assumption) };
    case 'aws_sns_topic':
      return keyNamed(textOf(entity, 'encryption_key'), { entity, account, partition, assumption });
    default:
      return {};
  }
}

function publicAccess(entity: GraphEntity, assumption: Assumption): Protection {
  if (entity.properties.public_access_block === null) return { restrict_public_buckets: false };
  const restricted = memberOf(entity, 'public_access_block', 'restrict_public_buckets');
  return { restrict_public_buckets: typeof restricted === 'boolean' ? restricted : assumption === 'worst' };
}

function bucketKey(entity: GraphEntity, account: AccountId, partition: string, assumption: Assumption): Protection {
  const encryption = entity.properties.encryption;
  const algorithm = encryption === null ? null : memberOf(entity, 'encryption', 'algorithm');
  if (algorithm === null || (typeof algorithm === 'string' && !algorithm.startsWith('aws:kms'))) return {};
  const key = memberOf(entity, 'encryption', 'kms_key');
  const named =
    algorithm === undefined ? undefined : key === null ? 'alias/aws/s3' : typeof key === 'string' ? key : undefined;
  return keyNamed(named, { entity, account, partition, assumption });
}

interface KeyUse {
  readonly entity: GraphEntity;
  readonly account: AccountId;
  readonly partition: string;
  readonly assumption: Assumption;
}

/** The key of a name that may be an ARN, an id or an alias; null: there is none; undefined: there may be one. */
function keyNamed(name: string | null | undefined, { entity, account, partition, assumption }: KeyUse): Protection {
  if (name === null || (name === undefined && assumption === 'best')) return {};
  const region = textOf(entity, 'region') ?? '';
  const arn = name?.startsWith('arn:') ? name : `arn:${partition}:kms:${region}:${account}:key/${name ?? 'unknown'}`;
  const encryption_key: EncryptionKey = {
    arn,
    account: parseArn(arn)?.account ?? account,
    ...(name?.includes('alias/aws/') ? { aws_managed: true } : {}),
  };
  return { encryption_key };
}
