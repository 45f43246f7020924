import { parseDocument } from 'yaml';
import * as z from 'zod';

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof Scalar>;

/** What a field must be: the value itself, or one of these. */
export const Matcher = z.union([
  Scalar,
  z.array(Scalar),
  z.strictObject({ not: Scalar }),
  z.strictObject({ one_of: z.array(Scalar).min(1) }),
  z.strictObject({ at_least: z.number() }),
  z.strictObject({ set: z.array(Scalar) }),
  z.strictObject({ includes: Scalar }),
  z.strictObject({ exists: z.boolean() }),
]);
export type Matcher = z.infer<typeof Matcher>;

/** Matchers by field. */
const Where = z.record(z.string(), Matcher);
export type Where = z.infer<typeof Where>;

export const LISTS = [
  'paths',
  'correlations',
  'canonical-identities',
  'entities',
  'connector-instances',
  'scan-scopes',
  'latest-runs',
  'made-runs',
  'made-cells',
] as const;
export type ListName = (typeof LISTS)[number];

/** What is asked of the API: `rule` of paths, the others of correlations. */
const Query = z.strictObject({
  rule: z.string().exactOptional(),
  rule_id: z.string().exactOptional(),
  status: z.enum(['active', 'retired']).exactOptional(),
});
export type Query = z.infer<typeof Query>;

const AccountName = z.enum(['security', 'workloads', 'data']);

const Expectation = z
  .strictObject({
    list: z.enum(LISTS),
    query: Query.default({}),
    where: Where.default({}),
    count: z.union([z.int().min(0), z.strictObject({ at_least: z.int().min(1) }), z.literal('all')]).exactOptional(),
    distinct: z.strictObject({ field: z.string(), at_least: z.int().min(1) }).exactOptional(),
  })
  .refine(({ count, distinct }) => (count === undefined) !== (distinct === undefined), 'needs count or distinct');
export type Expectation = z.infer<typeof Expectation>;

const Remembered = z.strictObject({
  as: z.string().min(1),
  list: z.enum(LISTS),
  query: Query.default({}),
  except: z.array(z.string()).default([]),
});
export type Remembered = z.infer<typeof Remembered>;

const Step = z.union([
  z.strictObject({ scan: z.literal(true) }),
  z.strictObject({ push: z.literal(true) }),
  z.strictObject({ mend: z.literal(true) }),
  z.strictObject({ rule: z.strictObject({ id: z.string(), enabled: z.boolean() }) }),
  z.strictObject({ break: z.strictObject({ account: AccountName, actions: z.array(z.string()).min(1) }) }),
  z.strictObject({ remember: Remembered }),
  z.strictObject({ unchanged: z.string() }),
  z.strictObject({ expect: Expectation }),
]);
export type Step = z.infer<typeof Step>;

const Named = { id: z.string().regex(/^V\d+$/), title: z.string().min(1) };
const Criterion = z.union([
  z.strictObject({ ...Named, steps: z.array(Step).min(1) }),
  z.strictObject({ ...Named, not_yet: z.string().min(1) }),
]);
/** Something that the estate must prove. */
export type Criterion = z.infer<typeof Criterion>;

const Validation = z.strictObject({
  criteria: z
    .array(Criterion)
    .min(1)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'an id is there twice'),
});

/**
 * The criteria of a validation file (YAML), with `{{name}}` replaced by what it stands for. Throws ZodError naming the field of
 * a criterion that is wrong, YAMLParseError where it is no plain YAML, Error for a name that stands for nothing.
 */
export function readCriteria(yaml: string, names: Readonly<Record<string, string>>): readonly Criterion[] {
  // Comments explain the names: only what is no comment is replaced.
  const text = yaml.replace(/^(\s*)#.*$/gm, '$1').replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`validation: {{${name}}} stands for nothing`);
    return value;
  });
  const document = parseDocument(text);
  // A warning is as bad: the library warns of tags that it does not know, and reads on.
  for (const problem of [...document.errors, ...document.warnings]) throw problem;
  return Validation.parse(document.toJS()).criteria;
}
