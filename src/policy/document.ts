import { PolicyError } from './malformed.ts';

/** What a policy is attached to, which decides what it may say. */
export type PolicyKind = 'identity' | 'trust' | 'resource' | 'boundary' | 'session' | 'scp' | 'rcp';

/** One operator and one key of a Condition element, with the values it compares. */
export interface ParsedTest {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A Principal element: everybody, or lists by kind. */
export type ParsedPrincipal = '*' | Readonly<Partial<Record<PrincipalKind, readonly string[]>>>;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

/** A statement with every shorthand written out: lists where AWS lets one write a single text. */
export interface ParsedStatement {
  /** Where it stands in the document: `Statement[2]`, or `Statement` where there is one without a list. */
  readonly place: string;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Exceptable<readonly string[]>;
  /** Left out where the kind of policy has none: a trust policy is about its own role. */
  readonly resources?: Exceptable<readonly string[]>;
  readonly principals?: Exceptable<ParsedPrincipal>;
  readonly condition: readonly ParsedTest[];
}

/** `Action` or `NotAction`, `Resource` or `NotResource`, `Principal` or `NotPrincipal`. */
export interface Exceptable<T> {
  readonly except: boolean;
  readonly of: T;
}

/** A policy document, checked and with every shorthand written out. */
export interface ParsedDocument {
  /** Policy variables exist only in version 2012-10-17. */
  readonly version: '2012-10-17' | '2008-10-17';
  readonly statements: readonly ParsedStatement[];
  /** The document as JSON, for hashing. */
  readonly json: Readonly<Record<string, unknown>>;
}

const PRINCIPAL_KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'] as const;
const DOCUMENT_ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT_ELEMENTS = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
];

/**
 * Reads a policy: an object, its JSON, or its JSON as IAM returns it, URL-encoded. Throws `PolicyError` for anything AWS would not store.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parseDocument(document: unknown, kind: PolicyKind): ParsedDocument {
  const json = documentJson(document);
  if (!isObject(json))
    throw new PolicyError('document', 'is no JSON object', 'Give a policy document: {"Statement": [...]}');
  onlyKnown(json, DOCUMENT_ELEMENTS, '');
  const version = json.Version ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw new PolicyError('Version', `${shown(version)} is no version of the policy language`, 'Use "2012-10-17"');
  }
  if (json.Statement === undefined) {
    throw new PolicyError('Statement', 'is missing', 'A policy has a Statement: an object or a list of objects');
  }
  const statements = Array.isArray(json.Statement)
    ? json.Statement.map((statement, i) => parseStatement(statement, `Statement[${i}]`, kind))
    : [parseStatement(json.Statement, 'Statement', kind)];
  return { version, statements, json };
}

/** The document as JSON, however it came. Throws `PolicyError` for a text that is none. */
export const documentJson = (document: unknown): unknown =>
  typeof document === 'string' ? parseJson(document) : document;

function parseJson(text: string): unknown {
  const trimmed = text.trim();
  try {
    return JSON.parse(/^%7b/i.test(trimmed) ? decodeURIComponent(trimmed) : trimmed);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PolicyError('document', `is not JSON (${why})`, 'Give the policy as JSON, URL-encoded or plain');
  }
}

function parseStatement(statement: unknown, place: string, kind: PolicyKind): ParsedStatement {
  if (!isObject(statement))
    throw new PolicyError(place, 'is no object', 'A statement is an object with Effect and Action');
  onlyKnown(statement, STATEMENT_ELEMENTS, `${place}.`);
  const { Sid: sid, Effect: effect } = statement;
  if (sid !== undefined && typeof sid !== 'string') {
    throw new PolicyError(`${place}.Sid`, 'is no text', 'Leave it out or give it as text');
  }
  if (effect !== 'Allow' && effect !== 'Deny') {
    const problem = effect === undefined ? 'is missing' : `is ${shown(effect)}`;
    throw new PolicyError(`${place}.Effect`, problem, 'It is "Allow" or "Deny", in this case');
  }
  const actions = oneOf(statement, 'Action', place, actionsAt);
  if (!actions) throw new PolicyError(`${place}.Action`, 'is missing', 'A statement has Action or NotAction');
  const resources = parseResources(statement, place, kind);
  const principals = parsePrincipals(statement, place, kind);
  return {
    place,
    ...(sid === undefined ? {} : { sid }),
    effect,
    actions,
    ...(resources ? { resources } : {}),
    ...(principals ? { principals } : {}),
    condition: parseCondition(statement.Condition, `${place}.Condition`),
  };
}

function parseResources(statement: Json, place: string, kind: PolicyKind): Exceptable<readonly string[]> | undefined {
  const resources = oneOf(statement, 'Resource', place, (value, at) => textsAt(value, at));
  if (kind === 'trust' && resources) {
    throw new PolicyError(
      `${place}.Resource`,
      'stands in a trust policy',
      'Leave it out: a trust policy is about its role',
    );
  }
  // Some resource policies (ECR repositories) have none: they are about the resource that they are attached to.
  if (kind !== 'trust' && kind !== 'resource' && !resources) {
    throw new PolicyError(`${place}.Resource`, 'is missing', 'A statement has Resource or NotResource');
  }
  return resources;
}

function parsePrincipals(statement: Json, place: string, kind: PolicyKind): Exceptable<ParsedPrincipal> | undefined {
  const principals = oneOf(statement, 'Principal', place, principalAt);
  const speaksOfPrincipals = kind === 'trust' || kind === 'resource' || kind === 'rcp';
  if (principals && !speaksOfPrincipals) {
    const element = principals.except ? 'NotPrincipal' : 'Principal';
    const problem = `stands in a policy of kind ${kind}`;
    throw new PolicyError(
      `${place}.${element}`,
      problem,
      'Leave it out: the principal is who the policy is attached to',
    );
  }
  if (!principals && speaksOfPrincipals) {
    throw new PolicyError(`${place}.Principal`, 'is missing', `A policy of kind ${kind} says whom it is about`);
  }
  return principals;
}

function principalAt(value: unknown, place: string): ParsedPrincipal {
  if (value === '*') return '*';
  if (!isObject(value)) {
    throw new PolicyError(place, `is ${shown(value)}`, 'Give "*" or an object such as {"AWS": "111122223333"}');
  }
  const entries = Object.entries(value);
  if (entries.length === 0) throw new PolicyError(place, 'names nobody', 'Name a principal, or remove the statement');
  const principals: Partial<Record<PrincipalKind, readonly string[]>> = {};
  for (const [key, names] of entries) {
    const kind = PRINCIPAL_KINDS.find((known) => known === key);
    if (!kind) {
      throw new PolicyError(
        `${place}.${key}`,
        'is no kind of principal',
        `The kinds are ${PRINCIPAL_KINDS.join(', ')}`,
      );
    }
    principals[kind] = textsAt(names, `${place}.${key}`);
  }
  return principals;
}

function parseCondition(condition: unknown, place: string): readonly ParsedTest[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) throw new PolicyError(place, 'is no object', 'Write {"<operator>": {"<key>": "<value>"}}');
  return Object.entries(condition).flatMap(([operator, keys]) => {
    const at = `${place}.${operator}`;
    if (!isObject(keys)) throw new PolicyError(at, 'is no object', 'Write {"<key>": "<value>"}');
    return Object.entries(keys).map(([key, values]) => ({ operator, key, values: scalarsAt(values, `${at}.${key}`) }));
  });
}

/** Only `*` may stand without a service. */
const actionsAt = (value: unknown, place: string): readonly string[] =>
  textsAt(value, place, /^(\*+|[^:\s]+:[^:\s]+)$/, 'Write <service>:<action>, such as sts:AssumeRole');

/** An element or its `Not...`, never both. */
function oneOf<T>(
  statement: Json,
  element: string,
  place: string,
  read: (value: unknown, place: string) => T,
): Exceptable<T> | undefined {
  const plain = statement[element];
  const except = statement[`Not${element}`];
  if (plain !== undefined && except !== undefined) {
    const problem = `stands beside ${element}`;
    throw new PolicyError(`${place}.Not${element}`, problem, `Keep ${element} or Not${element}, not both`);
  }
  if (plain !== undefined) return { except: false, of: read(plain, `${place}.${element}`) };
  if (except !== undefined) return { except: true, of: read(except, `${place}.Not${element}`) };
  return undefined;
}

function textsAt(
  value: unknown,
  place: string,
  form = /./,
  remedy = 'Give a text or a list of texts',
): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item, i) => {
    if (typeof item === 'string' && form.test(item)) return item;
    throw new PolicyError(Array.isArray(value) ? `${place}[${i}]` : place, `is ${shown(item)}`, remedy);
  });
}

function scalarsAt(value: unknown, place: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item);
    throw new PolicyError(place, `is ${shown(item)}`, 'Give a text, a number, true or false, or a list of these');
  });
}

function onlyKnown(object: Json, known: readonly string[], prefix: string): void {
  for (const element of Object.keys(object)) {
    if (known.includes(element)) continue;
    throw new PolicyError(
      `${prefix}${element}`,
      'is no element of the policy language',
      `The elements are ${known.join(', ')}`,
    );
  }
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => JSON.stringify(value) ?? 'undefined';
