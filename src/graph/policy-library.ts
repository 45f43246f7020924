import type { Json } from '../kernel/canonical.ts';
import { type ActionLists, type CompiledPolicy, compilePolicy, PolicyError, type PolicyKind } from '../policy/index.ts';
import { TextList } from './compact-texts.ts';

/** What became of a policy document that something names. */
export type PolicyReading =
  | { readonly state: 'read'; readonly policy: CompiledPolicy }
  /** It is no policy that AWS would have stored: it permits nothing. */
  | { readonly state: 'malformed'; readonly policy: CompiledPolicy; readonly place: string; readonly message: string }
  /** Nobody could read it: it may permit or deny anything. */
  | typeof UNKNOWN_POLICY;

/** A policy that exists, or may exist, and was not seen. */
export const UNKNOWN_POLICY = { state: 'unknown' } as const;

/** The policy documents of a tenant. */
export interface PolicyLibrary {
  /** A document compiled for the place it is attached to; each is compiled once for each kind. */
  readonly read: (hash: string, kind: PolicyKind) => PolicyReading;
  /** A statement of a document, as it was written, and its place in it; undefined where there is none. */
  readonly statement: (hash: string, index: number) => { readonly place: string; readonly statement: Json } | undefined;
}

/** Policy documents by hash, as text: most are read once, to be compiled. */
export class DocumentTable {
  readonly #places = new Map<string, number>();
  readonly #texts = new TextList();

  add(hash: string, document: Json): void {
    this.#places.set(hash, this.#texts.add(JSON.stringify(document)));
  }

  get(hash: string): Json | undefined {
    const place = this.#places.get(hash);
    return place === undefined ? undefined : JSON.parse(this.#texts.at(place));
  }
}

/** Makes a library of documents by hash. */
export function policyLibrary(documents: Pick<DocumentTable, 'get'>): PolicyLibrary {
  const readings = new Map<string, PolicyReading>();
  const lists: ActionLists = new Map();
  return {
    read: (hash, kind) => {
      const key = `${kind} ${hash}`;
      const known = readings.get(key);
      if (known) return known;
      const document = documents.get(hash);
      const reading = document === undefined ? UNKNOWN_POLICY : compile(document, kind, hash, lists);
      readings.set(key, reading);
      return reading;
    },
    statement: (hash, index) => statementOf(documents.get(hash), index),
  };
}

function compile(document: Json, kind: PolicyKind, hash: string, lists: ActionLists): PolicyReading {
  try {
    return { state: 'read', policy: compilePolicy(document, kind, { id: hash, hash, lists }) };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const nothing = compilePolicy({ Version: '2012-10-17', Statement: [] }, kind, { id: hash });
    return { state: 'malformed', policy: nothing, place: error.place, message: error.message };
  }
}

function statementOf(
  document: Json | undefined,
  index: number,
): { readonly place: string; readonly statement: Json } | undefined {
  if (typeof document !== 'object' || document === null || !('Statement' in document)) return undefined;
  const statements: Json = document.Statement;
  const statement: Json | undefined = Array.isArray(statements) ? statements[index] : statements;
  if (statement === undefined) return undefined;
  return { place: Array.isArray(statements) ? `Statement[${index}]` : 'Statement', statement };
}
