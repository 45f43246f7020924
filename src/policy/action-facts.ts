/**
 * What AWS says about its actions, in the Service Authorization Reference.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 *
 * The table is made by tools/generate-action-facts.ts. It is not complete: AWS has actions that it does not document, so
 * that an action is not in it does not mean that it does not exist.
 */
import table from './generated/action-facts.json' with { type: 'json' };
import { type PackedDictionary, unpacker } from './packed-text.ts';
import { compilePattern, matchesPatternIgnoringCase } from './pattern.ts';

/**
 * What an action does, in AWS's words. Each action has one: those that tag or hand out permissions are no `Write`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html
 */
export type ActionLevel = 'List' | 'Read' | 'Write' | 'Permissions management' | 'Tagging';

/** What AWS says about one action. */
export interface ActionFacts {
  /** As AWS writes it: `s3:GetObject`. */
  readonly action: string;
  readonly access_level: ActionLevel;
  /** Names of types that `resourceTypesOf` its service has; none where a policy can only allow it on `*`. */
  readonly resource_types: readonly string[];
}

/** A type of resource that policies can name. */
export interface ResourceType {
  /** As AWS writes it, unique within the service: `bucket`. */
  readonly name: string;
  /** One or more, with `${...}` for what differs: `arn:${Partition}:s3:::${BucketName}`. */
  readonly arns: readonly string[];
}

/** The form of the generated table. */
export interface ActionTable {
  /** The package and version that it was made from. */
  readonly source: string;
  readonly dictionary: PackedDictionary;
  /**
   * By prefix of the service, packed: `TYPE,ARN,...;...|GROUP,ACTION,...;...`, a group being the letter of an access level and
   * places in the list of types: `R/0/2`.
   */
  readonly services: Readonly<Record<string, string>>;
}

/** A service, unpacked. */
interface Service {
  /** By name in lower case, without the service. */
  readonly actions: ReadonlyMap<string, ActionFacts>;
  readonly resource_types: readonly ResourceType[];
}

const TABLE: ActionTable = table;

const LEVELS: Readonly<Record<string, ActionLevel>> = {
  L: 'List',
  R: 'Read',
  W: 'Write',
  P: 'Permissions management',
  T: 'Tagging',
};

/** What AWS says about an action, in upper or lower case; undefined where the table has no such action. Patterns are none. */
export function actionFacts(action: string): ActionFacts | undefined {
  const [service = '', name = '', ...more] = action.toLowerCase().split(':');
  return more.length > 0 ? undefined : serviceOf(service)?.actions.get(name);
}

/** Every action of a service (`s3`), in any case; undefined where the table has no such service. */
export function actionsOf(service: string): readonly ActionFacts[] | undefined {
  const actions = serviceOf(service.toLowerCase())?.actions;
  return actions && [...actions.values()];
}

/**
 * The actions that the `Action` of a statement stands for: `s3:Get*`, `*`, in any case. None where the table knows none.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
export function actionsMatching(pattern: string): readonly ActionFacts[] {
  const wanted = pattern.toLowerCase();
  const [beginning = ''] = wanted.split(/[*?]/, 1);
  const compiled = compilePattern(wanted);
  return serviceNames()
    .filter((service) => `${service}:`.startsWith(beginning) || beginning.startsWith(`${service}:`))
    .flatMap((service) => actionsOf(service) ?? [])
    .filter(({ action }) => matchesPatternIgnoringCase(compiled, action));
}

/** The types of resource that policies can name in a service (`s3`), in any case; undefined where the table has no such service. */
export function resourceTypesOf(service: string): readonly ResourceType[] | undefined {
  return serviceOf(service.toLowerCase())?.resource_types;
}

/** The prefixes of the services in the table, sorted: `s3`. */
export const serviceNames = (): readonly string[] => Object.keys(TABLE.services);

const unpacked = new Map<string, Service>();
let unpack: ((packed: string) => string) | undefined;

function serviceOf(name: string): Service | undefined {
  const known = unpacked.get(name);
  if (known || !Object.hasOwn(TABLE.services, name)) return known;
  unpack ??= unpacker(TABLE.dictionary);
  const service = readService(name, unpack(TABLE.services[name] ?? ''));
  unpacked.set(name, service);
  return service;
}

function readService(service: string, text: string): Service {
  const [types = '', groups = ''] = text.split('|');
  const resource_types = rows(types).map(([name = '', ...arns]) => Object.freeze({ name, arns: Object.freeze(arns) }));
  const facts = rows(groups).flatMap(([group = '', ...names]) => {
    const [letter = '', ...places] = group.split('/');
    const access_level = LEVELS[letter];
    if (!access_level) throw new Error(`no access level ${letter} in the table of actions`);
    const named = Object.freeze(places.flatMap((place) => resource_types[Number(place)]?.name ?? []));
    return names.map((name) => Object.freeze({ action: `${service}:${name}`, access_level, resource_types: named }));
  });
  facts.sort((a, b) => (a.action < b.action ? -1 : 1));
  return {
    actions: new Map(facts.map((one) => [one.action.slice(service.length + 1).toLowerCase(), one])),
    resource_types: Object.freeze(resource_types),
  };
}

const rows = (text: string): readonly (readonly string[])[] =>
  text === '' ? [] : text.split(';').map((row) => row.split(','));
