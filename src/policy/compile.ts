import { hashOf } from '../kernel/canonical.ts';
import { documentJson, type PolicyKind, parseDocument } from './document.ts';
import { type ActionLists, compileStatement, type Statement } from './statement.ts';

/** A policy, checked and made ready for matching. Immutable: share it between everybody who has this document. */
export interface CompiledPolicy {
  readonly kind: PolicyKind;
  /** SHA-256 of the document's canonical JSON. */
  readonly hash: string;
  readonly allows: readonly Statement[];
  readonly denies: readonly Statement[];
}

/** Optional facts about a policy. */
export interface CompileOptions {
  /** What statement references call the policy. @default the hash of the document */
  readonly id?: string;
  /** The hash of the document, where it is known already. */
  readonly hash?: string;
  /** What is shared with other policies; hand over the same one for all of a piece of work. */
  readonly lists?: ActionLists;
}

/**
 * Compiles a policy document: an object, its JSON, or its JSON as IAM returns it, URL-encoded.
 * @throws PolicyError naming the place, for a document that AWS would not have stored
 */
export function compilePolicy(document: unknown, kind: PolicyKind, options: CompileOptions = {}): CompiledPolicy {
  const json = documentJson(document);
  return compileJson(json, kind, options.hash ?? hashOf(json), options);
}

function compileJson(
  json: unknown,
  kind: PolicyKind,
  hash: string,
  { id = hash, lists }: Pick<CompileOptions, 'id' | 'lists'> = {},
): CompiledPolicy {
  const { version, statements: parsed } = parseDocument(json, kind);
  const statements = parsed.map((statement, index) => {
    const { sid, effect } = statement;
    const ref = { policy: id, kind, index, ...(sid === undefined ? {} : { sid }), effect };
    return compileStatement(statement, Object.freeze(ref), version === '2012-10-17', lists);
  });
  return Object.freeze({
    kind,
    hash,
    allows: Object.freeze(statements.filter(({ ref }) => ref.effect === 'Allow')),
    denies: Object.freeze(statements.filter(({ ref }) => ref.effect === 'Deny')),
  });
}

/**
 * A `compilePolicy` that compiles each document once for each kind, by its hash, however it is written: thousands of roles share one managed policy.
 * Its memory is that of the documents it has seen: make one for each piece of work.
 */
export function policyCompiler(): (document: unknown, kind: PolicyKind) => CompiledPolicy {
  const compiled = new Map<string, CompiledPolicy>();
  const lists: ActionLists = new Map();
  return (document, kind) => {
    const json = documentJson(document);
    const hash = hashOf(json);
    const key = `${kind} ${hash}`;
    const known = compiled.get(key);
    if (known) return known;
    const policy = compileJson(json, kind, hash, { lists });
    compiled.set(key, policy);
    return policy;
  };
}
