import { hashOf, type Json } from '../../kernel/canonical.ts';
import type { ObservedPolicyDocument } from '../../observations/observation.ts';

/**
 * A policy document from the text in which AWS hands it out, URL-encoded (IAM) or plain (everybody else).
 * Lists of texts (actions, resources, principals, values of a condition) are sorted: they are sets, and IAM does not keep
 * their order. Throws TypeError where the text is no JSON object.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export function policyDocument(text: string): ObservedPolicyDocument {
  const document = inSetOrder(parseObject(text.trimStart().startsWith('{') ? text : decoded(text)));
  return { kind: 'policy_document', hash: hashOf(document), document };
}

/** The same for a resource policy: absent where it says nothing at all (the text is empty, or it has no statement). */
export function resourcePolicy(text: string | null | undefined): ObservedPolicyDocument | undefined {
  if (!text?.trim()) return undefined;
  const policy = policyDocument(text);
  return statementsOf(policy.document).length > 0 ? policy : undefined;
}

/** The statements of a document: AWS accepts one without its list. */
export function statementsOf(document: Json): readonly Json[] {
  const statement = isObject(document) ? document.Statement : undefined;
  if (statement === undefined || statement === null) return [];
  return isList(statement) ? statement : [statement];
}

/** A text or a list of texts, as a list. Throws TypeError on anything else. */
export function texts(value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  const list = isList(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'number' || typeof item === 'boolean') return String(item);
    throw new TypeError('the policy document has something other than a text where a text belongs');
  });
}

/** Whether a JSON value is an object: neither null nor a list. */
export const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !isList(value);

/** Whether a JSON value is a list. */
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('the policy document is not URL-encoded as it should be');
  }
}

function parseObject(text: string): Json {
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch {
    throw new TypeError('the policy document is not JSON');
  }
  if (!isObject(parsed)) throw new TypeError('the policy document is not a JSON object');
  return parsed;
}

function inSetOrder(value: Json): Json {
  if (isList(value)) {
    const items = value.map(inSetOrder);
    return items.every((item) => typeof item === 'string') ? [...new Set(items)].sort() : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inSetOrder(member)]));
}
