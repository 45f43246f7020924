import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AWS_COLLECTORS, declaredActions } from '../../../src/connectors/aws/all-collectors.ts';
import {
  AWS_CATEGORIES,
  AWS_DISCOVERY_CATEGORY,
  AWS_REGIONS_CATEGORY,
} from '../../../src/connectors/aws/categories.ts';
import { iamActionOf } from '../../../src/connectors/aws/iam-action.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../src/connectors/aws');

/** Every `XCommand` that a source file imports from a client of the SDK, as an IAM action. */
async function callsIn(file: string): Promise<readonly string[]> {
  const source = await readFile(file, 'utf8');
  return [...source.matchAll(/import (?:type )?\{([^}]*)\} from '@aws-sdk\/client-[a-z0-9-]+'/g)].flatMap(
    ([, names = '']) => {
      const client = /\b(\w+Client)\b/.exec(names)?.[1] ?? '';
      return [...names.matchAll(/\b(\w+Command)\b/g)].map(([, command = '']) => iamActionOf(client, command));
    },
  );
}

/** Reads that AWS does not call Get, List or Describe. */
const READS_OF_OTHER_NAMES: readonly string[] = [
  // Events of the account itself, whose parameters we read by name. Its access level is Read.
  'cloudtrail:LookupEvents',
];

describe('what collectors declare', () => {
  it('is reads only', () => {
    for (const action of declaredActions(() => true)) {
      if (READS_OF_OTHER_NAMES.includes(action)) continue;
      expect(action).toMatch(/^[a-z0-9-]+:(Get|List|Describe)[A-Z]/);
    }
  });

  it('is every call of their source, and nothing else', async () => {
    const categories = (await readdir(FOLDER, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const files = await Promise.all(
      categories.map(async ({ name }) =>
        (await readdir(path.join(FOLDER, name))).map((file) => path.join(FOLDER, name, file)),
      ),
    );
    const called = await Promise.all(files.flat().map(callsIn));
    expect([...new Set(called.flat())].sort()).toEqual(declaredActions(() => true));
  });

  it('has an id that nobody else has, in the service that it looks at', () => {
    const ids = AWS_COLLECTORS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id } of AWS_COLLECTORS) expect(id).toMatch(/^[a-z0-9-]+\.[a-z-]+$/);
  });

  it('falls into the categories that are known without loading it', () => {
    const categories = new Set(AWS_COLLECTORS.map(({ category }) => category));
    expect([...categories]).toEqual([AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY, ...AWS_CATEGORIES]);
  });
});
