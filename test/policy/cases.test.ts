import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { runCase } from '../../tools/policy-cases.ts';

const folder = new URL('../cases/policy/', import.meta.url);
const Titled = z.looseObject({ id: z.string(), title: z.string(), expected: z.string(), source: z.string() });
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe.each(files)('%s', (file) => {
  const cases = z.array(Titled).parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

  it.each(cases)('$id $title: $expected', (input) => {
    expect(runCase(input)).toMatchObject({ decision: input.expected });
  });
});
