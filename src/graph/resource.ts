import { parseArn } from '../kernel/arn.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { CompiledPolicy, PolicySet, Resource } from '../policy/index.ts';
import { type AccessTable, accessTable, hasAccessLevels } from './access-levels.ts';
import { accountOf } from './accounts.ts';
import { type AttachedPolicy, resourcePolicy } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { guardrailsOf } from './guardrails.ts';
import { type Assumption, assumed } from './judge.ts';
import { keyPolicy } from './key-policy.ts';
import { tagsOf, textOf } from './properties.ts';
import { type Home, type KeyInUse, keyInUse, restrictsPublicAccess } from './protection.ts';
import { regionIn } from './request-context.ts';

/** A resource as something that is asked for: what it is, and everything on its side that has a say. */
export interface Target {
  readonly entity: GraphEntity;
  readonly account: AccountId;
  /** Left out where it is not known. */
  readonly region?: string;
  readonly table: AccessTable;
  readonly policy: AttachedPolicy | null;
  /** Its own policy, the RCPs of its account and the policy of its key: where the statements of a verdict stand. */
  readonly attached: readonly AttachedPolicy[];
  /** The resource, or a part of it, under an assumption about what could not be read; the same object each time where that makes no difference. */
  readonly resource: (arn: string, assumption: Assumption) => Resource & { readonly account: AccountId };
  /** Its policies under an assumption; the same object each time. */
  readonly set: (assumption: Assumption) => Pick<PolicySet, 'resource' | 'key' | 'rcps'>;
}

/** The resource as something that is asked for; undefined where its type has no access levels or its account is not known. */
export function targetOf(graph: GraphIndex, entity: GraphEntity): Target | undefined {
  const table = accessTable(entity.entity_type);
  const account = accountOf(graph, entity);
  if (table.levels.length === 0 || account === undefined || isAwsManagedKey(entity)) return undefined;
  const partition = parseArn(entity.source_record_id)?.partition ?? 'aws';
  const { organization, management_account, rcps } = guardrailsOf(graph, account, partition);
  const region = regionIn(entity.source_record_id) ?? textOf(entity, 'region') ?? undefined;
  const home: Home = { account, partition, region: region ?? '' };
  const own = ownPolicy(graph, entity, table);
  const key = keyInUse(graph, entity, home);
  const known = { account, organization, management_account, tags: tagsOf(entity) };
  const factsIn = (assumption: Assumption) => ({
    ...known,
    ...restrictsPublicAccess(graph, entity, home, assumption),
    ...encryptionKey(key, assumption),
  });
  const facts = { best: factsIn('best'), worst: factsIn('worst') };
  const certain = JSON.stringify(facts.best) === JSON.stringify(facts.worst);
  const made = new Map<string, Resource & { readonly account: AccountId }>();
  const setIn = (assumption: Assumption) => ({
    resource: own.compiled(assumption),
    key: facts[assumption].encryption_key && key.compiled(assumption),
    rcps: rcps.set(assumption),
  });
  const sets = { best: setIn('best'), worst: setIn('worst') };
  return {
    entity,
    account,
    ...(region === undefined ? {} : { region }),
    table,
    policy: own.policy,
    attached: [...own.attached, ...rcps.policies.flat(), ...key.attached],
    set: (assumption) => sets[assumption],
    resource: (arn, assumption) => {
      const name = `${certain ? 'certain' : assumption} ${arn}`;
      const resource = made.get(name) ?? { arn, ...facts[assumption] };
      made.set(name, resource);
      return resource;
    },
  };
}

/** The policies of a resource's own. */
export const policiesOfResource = (graph: GraphIndex, entity: GraphEntity): readonly AttachedPolicy[] =>
  hasAccessLevels(entity.entity_type) && !isAwsManagedKey(entity)
    ? ownPolicy(graph, entity, accessTable(entity.entity_type)).attached
    : [];

/** A key that AWS made for itself in the account: its policy is AWS's, and nobody hands it out. */
const isAwsManagedKey = (entity: GraphEntity): boolean =>
  entity.entity_type === 'aws_kms_key' && entity.properties.manager === 'AWS';

interface OwnPolicy {
  readonly policy: AttachedPolicy | null;
  readonly attached: readonly AttachedPolicy[];
  readonly compiled: (assumption: Assumption) => CompiledPolicy | undefined;
}

function ownPolicy(graph: GraphIndex, entity: GraphEntity, table: AccessTable): OwnPolicy {
  if (entity.entity_type === 'aws_kms_key') {
    const { attached, compiled } = keyPolicy(graph, entity, 'resource');
    return { policy: attached[0] ?? null, attached, compiled };
  }
  const policy = table.without_policy ? null : resourcePolicy(graph, entity);
  if (!policy) return { policy, attached: [], compiled: () => undefined };
  return { policy, attached: [policy], compiled: (assumption) => assumed(policy, assumption) };
}

function encryptionKey({ key, certain }: KeyInUse, assumption: Assumption): Pick<Resource, 'encryption_key'> {
  return key && (certain || assumption === 'worst') ? { encryption_key: key } : {};
}
