import { parseArn } from '../kernel/arn.ts';
import type { Json } from '../kernel/canonical.ts';
import { type CompiledPolicy, compilePolicy } from '../policy/index.ts';
import { type AttachedPolicy, resourcePolicy, seenBy, unknownPolicy } from './attached-policies.ts';
import type { GraphEntity } from './documents.ts';
import type { GraphIndex } from './graph.ts';
import { type Assumption, assumed, STAND_INS } from './judge.ts';
import { perGraph } from './per-graph.ts';
import { isList, isObject, textOf, textsOf } from './properties.ts';

/** Everything that says who may use a KMS key: its policy, and its grants, which permit beside it. */
export interface KeyPolicy {
  /** Where the statements stand. */
  readonly attached: readonly AttachedPolicy[];
  /** Both as one policy, as it is asked; the same object each time. */
  readonly compiled: (assumption: Assumption) => CompiledPolicy;
}

/** The policy and the grants of a key; `kind` says whether the key is asked for itself or protects something else. */
export function keyPolicy(graph: GraphIndex, key: GraphEntity, kind: 'resource' | 'key'): KeyPolicy {
  const known = knownPolicies(graph);
  const name = `${kind} ${key._id}`;
  const policy = known.get(name) ?? readKeyPolicy(graph, key, kind);
  known.set(name, policy);
  return policy;
}

const knownPolicies = perGraph(() => new Map<string, KeyPolicy>());

function readKeyPolicy(graph: GraphIndex, key: GraphEntity, kind: 'resource' | 'key'): KeyPolicy {
  const own = resourcePolicy(graph, key, kind) ?? unknownPolicy(kind, key, 'Policy');
  const grants = grantsOf(key, kind);
  const sets = { best: joined(own, grants, 'best'), worst: joined(own, grants, 'worst') };
  // Where nothing is unknown both are one and the same.
  const certain = own.reading.state !== 'unknown' && grants.complete;
  return {
    attached: grants.policy ? [own, grants.policy] : [own],
    compiled: (assumption) => sets[certain ? 'best' : assumption],
  };
}

interface KeyGrants {
  readonly policy?: AttachedPolicy;
  /** There may be more, where they could not be read or are too many. */
  readonly complete: boolean;
}

function joined(own: AttachedPolicy, { policy, complete }: KeyGrants, assumption: Assumption): CompiledPolicy {
  const parts = [own, ...(policy ? [policy] : [])].map((one) => assumed(one, assumption));
  if (!complete && assumption === 'best') parts.push(STAND_INS.best.key);
  const [only = STAND_INS[assumption].key, ...others] = parts;
  if (others.length === 0) return only;
  return Object.freeze({
    kind: only.kind,
    hash: parts.map(({ hash }) => hash).join('+'),
    allows: parts.flatMap(({ allows }) => allows),
    denies: parts.flatMap(({ denies }) => denies),
  });
}

/**
 * A key's grants as statements: a grant permits its operations to its grantee. Of the encryption context that one may ask for
 * the names are known and the values are not. Grants to services are theirs to use.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
function grantsOf(key: GraphEntity, kind: 'resource' | 'key'): KeyGrants {
  const listed = key.properties.grants;
  if (!isList(listed)) return { complete: false };
  const complete = key.properties.grants_complete !== false;
  const statements = listed.flatMap((grant) => {
    const statement = grantStatement(grant);
    return statement ? [{ grant, statement }] : [];
  });
  const seen = seenBy(key, 'grants');
  if (statements.length === 0) return { complete };
  const hash = `grants of ${key._id}`;
  const document = { Version: '2012-10-17', Statement: statements.map(({ statement }) => statement) };
  const policy: AttachedPolicy = {
    kind,
    hash,
    reading: { state: 'read', policy: compilePolicy(document, 'resource', { id: hash }) },
    holder: key,
    field_path: 'Grants',
    ...(seen ? { seen } : {}),
    via: [],
    written: (index) => {
      const found = statements[index];
      return found && { source_field_path: `Grants[${index}]`, statement: found.grant };
    },
  };
  return { policy, complete };
}

function grantStatement(grant: Json): Json | undefined {
  if (!isObject(grant)) return undefined;
  const { grantee, source_arn } = grant;
  const operations = textsOf(grant.operations);
  if (typeof grantee !== 'string' || !parseArn(grantee) || operations.length === 0) return undefined;
  const names = [...textsOf(grant.encryption_context_equals), ...textsOf(grant.encryption_context_subset)];
  const present = Object.fromEntries(names.map((name) => [`kms:EncryptionContext:${name}`, 'false']));
  return {
    Effect: 'Allow',
    Principal: { AWS: grantee },
    Action: operations.map((operation) => `kms:${operation}`),
    Resource: '*',
    Condition: {
      ...(names.length > 0 ? { Null: present } : {}),
      ...(typeof source_arn === 'string' ? { ArnLike: { 'aws:SourceArn': source_arn } } : {}),
    },
  };
}

/** A key as a record names it, by ARN, id or alias, in the region and account of the record; undefined where nobody saw it. */
export function keyNamed(
  graph: GraphIndex,
  name: string,
  { account, region, partition }: { readonly account: string; readonly region: string; readonly partition: string },
): GraphEntity | undefined {
  const arn = parseArn(name);
  const found = arn && graph.entityByArn(name);
  if (found) return found;
  const resource = arn?.resource ?? name;
  const place = `${arn?.partition ?? partition} ${arn?.account ?? account} ${arn?.region ?? region}`;
  return keysByName(graph).get(`${place} ${resource.replace(/^key\//, '')}`);
}

/** Keys by place and id, and by place and alias. */
const keysByName = perGraph((graph) => {
  const keys = new Map<string, GraphEntity>();
  for (const key of graph.entities) {
    if (key.entity_type !== 'aws_kms_key') continue;
    const arn = parseArn(key.source_record_id);
    if (!arn) continue;
    const place = `${arn.partition} ${arn.account} ${arn.region}`;
    for (const name of [
      textOf(key, 'key_id') ?? arn.resource.replace(/^key\//, ''),
      ...textsOf(key.properties.aliases),
    ]) {
      keys.set(`${place} ${name}`, key);
    }
  }
  return keys;
});
