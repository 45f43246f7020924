import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ApiClient } from '../../bin/api-client.ts';
import { tokensFrom } from '../../bin/credentials.ts';
import { runCommand } from '../../bin/terminal/run-command.ts';
import { screenOn } from '../../bin/terminal/screen.ts';
import { UsageError } from '../../bin/usage-error.ts';
import { labFrom } from './lab.ts';
import type { Placement } from './placement.ts';
import { type Criterion, readCriteria } from './validation/criteria.ts';
import { labSubject } from './validation/lab-subject.ts';
import { type Outcome, validate } from './validation/validate.ts';

const USAGE = `npm run lab:validate -- [--json] [--only V5,V6]

Asks a running hub, through its API, whether the MediaPro estate is what labs/mediapro/validation.yaml says: a line for each
criterion, and exit code 1 if any fails. Set THROUGHLINE_API_URL, THROUGHLINE_TOKEN and what else the lab needs
(labs/mediapro/README.md). What it changes on the way, it puts back.

  --json   the outcomes as one JSON document on stdout, the lines on stderr
  --only   these criteria alone`;

/** The criteria of validation.yaml at a placement. */
export const mediaProCriteria = ({ accounts }: Placement): readonly Criterion[] =>
  readCriteria(readFileSync(new URL('validation.yaml', import.meta.url), 'utf8'), accounts);

/** An outcome on one line. */
export function lineOf({ id, title, seconds, ...rest }: Outcome): string {
  const name = `${id.padEnd(4)} ${title}`;
  if (rest.outcome === 'ok') return `ok       ${name} (${seconds.toFixed(1)} s)`;
  return rest.outcome === 'failed' ? `failed   ${name}: ${rest.why}` : `not yet  ${name}: ${rest.why}`;
}

if (import.meta.main) await runCommand(main);

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (!options) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const url = process.env.THROUGHLINE_API_URL;
  if (!url) throw new UsageError(`which hub? Set THROUGHLINE_API_URL to the output ApiUrl of its stack\n\n${USAGE}`);
  const { world, placement } = await labFrom(process.env);
  const api = new ApiClient({ url, token: tokensFrom(process.env) });
  const screen = screenOn(options.json ? process.stderr : process.stdout);
  const criteria = chosen(mediaProCriteria(placement), options.only);
  const outcomes = await validate(labSubject(api, world, placement), criteria, (outcome) =>
    screen.line(lineOf(outcome)),
  );
  const ok = outcomes.every(({ outcome }) => outcome !== 'failed');
  if (options.json) process.stdout.write(`${JSON.stringify({ ok, criteria: outcomes }, undefined, 2)}\n`);
  return ok ? 0 : 1;
}

/** Undefined where help was asked for. */
function optionsOf(args: readonly string[]): { readonly json: boolean; readonly only?: string } | undefined {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({ args: [...args], options: { json: flag, help: flag, only: { type: 'string' } } });
    const { help, json, only } = values;
    return help ? undefined : { json, ...(only !== undefined && { only }) };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function chosen(criteria: readonly Criterion[], only: string | undefined): readonly Criterion[] {
  if (only === undefined) return criteria;
  const ids = only.split(',');
  const unknown = ids.filter((id) => !criteria.some((criterion) => criterion.id === id));
  if (unknown.length > 0) throw new UsageError(`there is no criterion ${unknown.join(', ')}\n\n${USAGE}`);
  return criteria.filter(({ id }) => ids.includes(id));
}
