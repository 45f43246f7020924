import type { Json } from '../../../kernel/canonical.ts';
import { isList, isObject } from '../policy-document.ts';

type JsonObject = { readonly [key: string]: Json };

/** A state that calls something: a task, or the reading and writing of a distributed map. */
export interface CallingState {
  readonly resource: string;
  /** `Arguments` (JSONata) or `Parameters` (JSONPath); undefined where the state's input takes their place. */
  readonly parameters: Json | undefined;
  /** `Credentials`: the role that the machine's role assumes for this one call. */
  readonly credentials: Json | undefined;
}

/**
 * Every state of a definition that calls something, also in the branches of `Parallel` and the items of `Map`.
 * Throws TypeError where the text is no definition. https://states-language.net/spec.html
 */
export function* callingStates(definition: string): Generator<CallingState, void, undefined> {
  const machines: JsonObject[] = [parsed(definition)];
  for (let machine = machines.pop(); machine; machine = machines.pop()) {
    for (const state of Object.values(objectIn(machine, 'States')).map((value) => asObject(value, 'a state'))) {
      if (typeof state.Type !== 'string') throw new TypeError('the definition has a state without a Type');
      if (state.Type === 'Task') yield callOf(state);
      if (state.Type === 'Parallel') machines.push(...branchesOf(state));
      if (state.Type === 'Map') {
        machines.push(objectIn(state, state.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor'));
        for (const access of [state.ItemReader, state.ResultWriter]) {
          if (isObject(access) && access.Resource !== undefined) yield callOf(access);
        }
      }
    }
  }
}

function callOf(state: JsonObject): CallingState {
  if (typeof state.Resource !== 'string') throw new TypeError('the definition has a task without a Resource');
  return {
    resource: state.Resource,
    parameters: state.Arguments ?? state.Parameters,
    credentials: state.Credentials,
  };
}

function branchesOf(state: JsonObject): readonly JsonObject[] {
  if (!isList(state.Branches)) throw new TypeError('the definition has a Parallel without Branches');
  return state.Branches.map((branch) => asObject(branch, 'a branch'));
}

function parsed(definition: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(definition) as Json;
  } catch {
    throw new TypeError('the definition is not JSON');
  }
  return asObject(value, 'the whole');
}

const objectIn = (parent: JsonObject, field: string): JsonObject => asObject(parent[field], field);

function asObject(value: Json | undefined, what: string): JsonObject {
  if (!isObject(value)) throw new TypeError(`the definition is malformed: ${what} is not an object`);
  return value;
}

/** What a definition says about a field: a text, something that is known only when it runs, or nothing. */
export type Given =
  | { readonly is: 'static'; readonly text: string }
  | { readonly is: 'dynamic' }
  | { readonly is: 'absent' };

/** A field of parameters: `Name.$` (JSONPath) and `{% ... %}` (JSONata) are known only when the machine runs, and so is all where there are no parameters. */
export function given(parameters: Json | undefined, field: string): Given {
  if (!isObject(parameters)) return { is: 'dynamic' };
  if (Object.hasOwn(parameters, `${field}.$`)) return { is: 'dynamic' };
  const value = Object.hasOwn(parameters, field) ? parameters[field] : undefined;
  if (typeof value !== 'string') return { is: 'absent' };
  return isExpression(value) ? { is: 'dynamic' } : { is: 'static', text: value };
}

/** Whether a text is an expression of JSONata. */
const isExpression = (text: string): boolean => /^\s*\{%.*%\}\s*$/s.test(text);
