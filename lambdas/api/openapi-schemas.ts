import * as z from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

const COMPONENTS = '#/components/schemas/';
const DEFINITIONS = '#/$defs/';

/** Turns zod schemas into those of a description, and gathers the ones that have an id as its components. */
export function schemaCollector() {
  const components = new Map<string, JsonSchema>();

  /** `io`: as a caller sends it, or as the hub answers. Throws where two schemas have one id. */
  function collect(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _dialect, $defs = {}, ...own } = z.toJSONSchema(schema, { io, override: plain });
    for (const [name, definition] of Object.entries($defs)) {
      if (name.startsWith('__'))
        throw new Error(`a schema that holds itself needs an id: ${JSON.stringify(definition)}`);
      const { id: _id, ...found } = withReferences(definition);
      const known = components.get(name);
      if (known && JSON.stringify(known) !== JSON.stringify(found)) throw new Error(`two schemas are called ${name}`);
      components.set(name, found);
    }
    return withReferences(own);
  }

  return {
    collect,
    components: (): Readonly<Record<string, JsonSchema>> =>
      Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Leaves out what zod adds and no reader needs: the bounds of a double's whole numbers, the calendar as a pattern. */
const plain: NonNullable<z.core.ToJSONSchemaParams['override']> = ({ jsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
};

/** Control characters, spelled out: many readers of patterns know no properties of Unicode. */
const NO_CONTROL_CHARACTER = ['\\P{Cc}', '[^\\u0000-\\u001f\\u007f-\\u009f]'] as const;

/** A copy in which references point into the components of the description. */
const withReferences = (schema: object): JsonSchema =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'pattern') return value.replaceAll(...NO_CONTROL_CHARACTER);
    return key === '$ref' && value.startsWith(DEFINITIONS) ? COMPONENTS + value.slice(DEFINITIONS.length) : value;
  });
