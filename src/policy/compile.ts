import { hashOf } from '../kernel/canonical.ts';
import { documentJson, type PolicyKind, parseDocument } from './document.ts';
import { compileStatement, type Statement } from './statement.ts';

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
}

/**
 * Compiles a policy document: an object, its JSON, or its JSON as IAM returns it, URL-encoded.
 * @throws PolicyError naming the place, for a document that AWS would not have stored
 */
export function compilePolicy(document: unknown, kind: PolicyKind, options: CompileOptions = {}): CompiledPolicy {
  const json = documentJson(document);
  return compileJson(json, kind, hashOf(json), options.id);
}

function compileJson(json: unknown, kind: PolicyKind, hash: string, id = hash): CompiledPolicy {
  const { version, statements: parsed } = parseDocument(json, kind);
  const statements = parsed.map((statement, index) => {
    const { sid, effect } = statement;
    const ref = { policy: id, kind, index, ...(sid === undefined ? {} : { sid }), effect };
    return compileStatement(statement, Object.freeze(ref), version === '2012-10-17');
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
  return (document, kind) => {
    const json = documentJson(document);
    const hash = hashOf(json);
    const key = `${kind} ${hash}`;
    const known = compiled.get(key);
    if (known) return known;
    const policy = compileJson(json, kind, hash);
    compiled.set(key, policy);
    return policy;
  };
}
