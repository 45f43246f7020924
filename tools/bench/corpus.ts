import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PolicyError, type PolicyRequest, type PolicySet } from '../../src/policy/index.ts';
import { type PolicyCase, policiesOf, requestOf } from '../policy-cases.ts';

/** A case of the corpus, compiled. Malformed ones are left out: they are never evaluated. */
export interface CompiledCase {
  readonly asked: PolicyCase;
  readonly request: PolicyRequest;
  readonly policies: PolicySet;
}

const FOLDER = path.resolve(import.meta.dirname, '../../test/cases/policy');

/** Every well-formed case of the corpus. */
export function corpus(): readonly CompiledCase[] {
  return globSync('*.json', { cwd: FOLDER })
    .toSorted()
    .flatMap((file) => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as PolicyCase[])
    .flatMap(compiled);
}

function compiled(asked: PolicyCase): readonly CompiledCase[] {
  try {
    return [{ asked, request: requestOf(asked), policies: policiesOf(asked) }];
  } catch (error) {
    if (error instanceof PolicyError) return [];
    throw error;
  }
}
