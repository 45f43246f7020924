import { hashOf, type Json } from '../../../kernel/canonical.ts';
import type {
  EntityRef,
  NormalizedEdge,
  NormalizedNode,
  ObservedPolicyDocument,
} from '../../../observations/observation.ts';
import { statedBy } from '../entity-ref.ts';
import { isObject, statementsOf, texts } from '../policy-document.ts';
import { subjectRef, subjectsNamed, toSubject } from './oidc-subject.ts';
import {
  type Home,
  PRINCIPAL_TYPES,
  type PrincipalType,
  type TrustBoundary,
  trustedPrincipal,
} from './principal-ref.ts';

/** Digits of the hash by which a statement is named inside its role. */
const STATEMENT_NAME_LENGTH = 16;

/**
 * `TRUSTS` from every principal of every statement of a trust policy to the role. A `Deny` is an edge too, and says so;
 * `NotPrincipal` names nobody and gives none: the document tells. Where the condition names the subjects of an OIDC provider one
 * by one, each of them is a principal too: a node, since nobody else tells of it, and an edge. Throws TypeError on a document
 * that is no trust policy.
 */
export function* toTrusts(
  role: EntityRef,
  trust: ObservedPolicyDocument,
  home: Home,
  api: string,
): Generator<NormalizedEdge | NormalizedNode, void, undefined> {
  const stated = new Set<string>();
  for (const statement of statementsOf(trust.document)) {
    if (!isObject(statement)) throw new TypeError('a statement of the trust policy is not an object');
    const { Principal, ...rest } = statement;
    const name = hashOf(rest).slice(0, STATEMENT_NAME_LENGTH);
    const properties = { trustPolicyHash: trust.hash, ...termsOf(rest) };
    for (const { from, boundary, field, node } of trustedBy(rest.Condition, principalsOf(Principal), home, api)) {
      const path = `AssumeRolePolicyDocument.Statement[${name}].${field}`;
      if (stated.has(path)) continue;
      stated.add(path);
      if (node) yield node;
      yield {
        kind: 'edge',
        edge_type: 'TRUSTS',
        from,
        to: role,
        stated_by: statedBy(role.source_record_id, path),
        properties: { ...properties, boundary },
        api,
      };
    }
  }
}

interface Trusted {
  readonly from: EntityRef;
  readonly boundary: TrustBoundary;
  /** Where in the statement it is named. */
  readonly field: string;
  readonly node?: NormalizedNode;
}

/** Everybody whom a statement names: its principals, and the subjects of OIDC providers among them. */
function* trustedBy(
  condition: Json | undefined,
  principals: readonly StatedPrincipal[],
  home: Home,
  api: string,
): Generator<Trusted, void, undefined> {
  for (const { type, field, value } of principals) {
    const { ref, boundary } = trustedPrincipal(type, value, home);
    yield { from: ref, boundary, field: `${field}[${value}]` };
    if (type !== 'Federated') continue;
    for (const named of subjectsNamed(value, condition)) {
      const from = subjectRef(named.issuer, named.subject);
      yield { from, boundary: 'external', field: named.field, node: toSubject(named, api) };
    }
  }
}

/** What a statement asks for besides the principal. */
function termsOf(statement: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  const notActions = statement.NotAction;
  return {
    effect: texts(statement.Effect)[0] ?? 'Deny',
    actions: texts(statement.Action),
    ...(notActions === undefined ? {} : { not_actions: texts(notActions) }),
    conditions: conditionsOf(statement.Condition),
  };
}

function conditionsOf(condition: Json | undefined): readonly Json[] {
  if (condition === undefined || condition === null) return [];
  if (!isObject(condition)) throw new TypeError('the condition of a statement is not an object');
  return Object.entries(condition)
    .flatMap(([operator, keys]) => {
      if (!isObject(keys)) throw new TypeError(`the condition ${operator} is not an object`);
      return Object.entries(keys).map(([key, values]) => ({ operator, key, values: texts(values) }));
    })
    .sort((a, b) => (`${a.operator} ${a.key}` < `${b.operator} ${b.key}` ? -1 : 1));
}

interface StatedPrincipal {
  readonly type: PrincipalType;
  /** The member of the statement that names it. */
  readonly field: string;
  readonly value: string;
}

function principalsOf(principal: Json | undefined): readonly StatedPrincipal[] {
  if (principal === undefined) return [];
  if (principal === '*') return [{ type: 'AWS', field: 'Principal', value: '*' }];
  if (!isObject(principal)) throw new TypeError('the principal of a statement is neither "*" nor an object');
  return Object.entries(principal).flatMap(([member, values]) => {
    const type = PRINCIPAL_TYPES.find((known) => known === member);
    if (!type) throw new TypeError(`the principal of a statement has an unknown member ${member}`);
    return texts(values).map((value) => ({ type, field: `Principal.${member}`, value }));
  });
}
