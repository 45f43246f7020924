import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { type HubConfig, parseConfig } from './config.ts';

const FOLDER = path.resolve(import.meta.dirname, '../config');

/**
 * The configuration that `-c config=<choice>` names: `config/<choice>.json`, or a file if the choice is a path (absolute, or
 * beginning with `./` or `../`). Throws Error where there is none, where it is not JSON, or where a field is wrong.
 */
export function readConfig(choice: unknown): HubConfig {
  const file = fileOf(choice);
  return parseConfig(parseJson(readText(file), file), path.relative(process.cwd(), file));
}

const isPath = (choice: string): boolean => path.isAbsolute(choice) || /^\.\.?\//.test(choice);

function fileOf(choice: unknown): string {
  const { data: name } = z.string().min(1).safeParse(choice);
  if (name === undefined) throw new Error(`choose a configuration with -c config=<name>; ${known()}`);
  if (isPath(name)) return path.resolve(name);
  if (!/^[\w-]+$/.test(name))
    throw new Error(`-c config=${name}: must be a name or a path with ./ in front; ${known()}`);
  return path.join(FOLDER, `${name}.json`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot read the configuration ${file}; ${known()}`, { cause: error });
  }
}

function parseJson(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function known(): string {
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.parse(name).name);
  return `config/ has ${names.join(', ') || 'none'}`;
}
