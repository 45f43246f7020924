/** What the properties of one pushed item may be. */
export const PROPERTY_LIMITS = {
  properties: 200,
  name_characters: 128,
  string_characters: 32_768,
  list_items: 5_000,
  depth: 10,
  characters: 131_072,
} as const;

/**
 * Names that the database, or an object that maps names to values, would take for something else: `$` and `.` mean operators
 * and paths there, and every object has a `constructor`.
 */
const isUsableName = (name: string): boolean =>
  name.length > 0 &&
  name.length <= PROPERTY_LIMITS.name_characters &&
  !name.startsWith('$') &&
  !/[.\p{Cc}]/u.test(name) &&
  name.isWellFormed() &&
  !(name in Object.prototype);

/** Why a value cannot be the properties of an item, naming the place; undefined where it can. */
export function flawOfProperties(value: unknown, characters: number = PROPERTY_LIMITS.characters): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'properties: must be an object';
  const { properties } = PROPERTY_LIMITS;
  if (Object.keys(value).length > properties) return `properties: has more than ${properties} names`;
  const spent = { characters: 0 };
  const flaw = flawOf(value, 'properties', 0, spent);
  if (flaw || spent.characters <= characters) return flaw;
  return `properties: has more than ${characters} characters`;
}

function flawOf(value: unknown, path: string, depth: number, spent: { characters: number }): string | undefined {
  switch (typeof value) {
    case 'string':
      spent.characters += value.length;
      if (value.length > PROPERTY_LIMITS.string_characters) {
        return `${path}: has more than ${PROPERTY_LIMITS.string_characters} characters`;
      }
      return value.isWellFormed() ? undefined : `${path}: is not a text of whole characters`;
    case 'number':
      spent.characters += 8;
      return Number.isFinite(value) ? undefined : `${path}: is not a finite number`;
    case 'boolean':
      return undefined;
    case 'object':
      if (value === null) return undefined;
      if (depth >= PROPERTY_LIMITS.depth) return `${path}: is nested more than ${PROPERTY_LIMITS.depth} deep`;
      return Array.isArray(value) ? flawOfList(value, path, depth, spent) : flawOfMembers(value, path, depth, spent);
    default:
      return `${path}: is not JSON`;
  }
}

function flawOfList(
  list: readonly unknown[],
  path: string,
  depth: number,
  spent: { characters: number },
): string | undefined {
  if (list.length > PROPERTY_LIMITS.list_items) return `${path}: has more than ${PROPERTY_LIMITS.list_items} items`;
  for (const [index, item] of list.entries()) {
    spent.characters += 1;
    const flaw = flawOf(item, `${path}.${index}`, depth + 1, spent);
    if (flaw) return flaw;
  }
  return undefined;
}

function flawOfMembers(
  members: object,
  path: string,
  depth: number,
  spent: { characters: number },
): string | undefined {
  for (const [name, member] of Object.entries(members)) {
    if (!isUsableName(name)) {
      return `${path}: ${JSON.stringify(name.slice(0, 80))} cannot be a name: not empty, at most ${PROPERTY_LIMITS.name_characters} characters, no "." or control character, no "$" at its beginning, not a name that every object has`;
    }
    spent.characters += name.length;
    const flaw = flawOf(member, `${path}.${name}`, depth + 1, spent);
    if (flaw) return flaw;
  }
  return undefined;
}
