import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Control, controlOf } from '../../src/graph/control.ts';
import type { Technique } from '../../src/graph/technique.ts';
import { TECHNIQUES } from '../../src/graph/techniques.ts';
import { accountArn, parseArn } from '../../src/kernel/arn.ts';
import { actionFacts, resourceTypesOf } from '../../src/policy/action-facts.ts';
import { entityIn } from './estate.ts';
import { techniqueCase, techniqueEstate } from './technique-estate.ts';

const FOLDER = new URL('../cases/techniques/', import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const files = names.map((name) => ({
  name,
  file: techniqueCase.parse(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))),
}));

describe('the table', () => {
  test('every technique has a file of cases, and every file a technique', () => {
    expect(files.map(({ name }) => name).sort()).toEqual(TECHNIQUES.map(({ id }) => `${id}.json`).sort());
    expect(files.map(({ file }) => `${file.technique}.json`)).toEqual(files.map(({ name }) => name));
  });

  test.each(TECHNIQUES.map((technique) => [technique.id, technique] as const))('%s', (_, technique) => {
    expect(technique.reference).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/.+\.html$/);
    for (const { action, of } of technique.needs) {
      const facts = actionFacts(action);
      expect(facts?.action).toBe(action);
      if (of === '*') expect(facts?.resource_types).toEqual([]);
      else if (of.startsWith('arn:')) expect(formsOf(action)).toContain(of.replace('<name>', ''));
      else expect(facts?.resource_types).not.toEqual([]);
    }
  });
});

/** The forms of the ARNs that an action is asked of, up to the name. */
const formsOf = (action: string): readonly string[] => {
  const types = actionFacts(action)?.resource_types ?? [];
  return (resourceTypesOf(action.split(':')[0] ?? '') ?? [])
    .filter(({ name }) => types.includes(name))
    .flatMap(({ arns }) =>
      arns.map((arn) =>
        arn.replace(/\$\{(Partition|Region|Account)\}/g, (_, name) => `<${name.toLowerCase()}>`).replace(/\$\{.*/, ''),
      ),
    );
};

type Case = (typeof files)[number]['file']['cases'][number];

function shown(
  file: (typeof files)[number]['file'],
  one: Case,
): { readonly technique?: string; readonly verdict: string } | null {
  const graph = techniqueEstate(file, one);
  const control: Control = controlOf(graph);
  const caller = entityIn(graph, file.caller);
  if (file.controls === accountArn(parseArn(file.controls)?.account ?? '')) return control.delegationOf(caller) ?? null;
  return control.controllableFrom(caller).find(({ to }) => to.source_record_id === file.controls) ?? null;
}

describe.each(files.map(({ file }) => [file.technique, file] as const))('%s', (_, file) => {
  test.each(file.cases.map((one) => [one.title, one] as const))('%s', (_title, one) => {
    const edge = shown(file, one);
    if (one.expected === null) expect(edge).toBeNull();
    else expect(edge).toMatchObject({ technique: file.technique, verdict: one.expected });
  });

  test('there is a case for it and a near miss', () => {
    const expected = new Set(file.cases.map((one) => one.expected));
    expect(expected).toContain('allowed');
    expect(expected).toContain(null);
  });

  test('without any one of the actions that it has to be given it does not work', () => {
    const [positive] = file.cases;
    const technique = TECHNIQUES.find(({ id }) => id === file.technique);
    for (const action of actionsOf(technique)) {
      const statements = positive?.statements.map((statement) => without(statement, action)) ?? [];
      expect(shown(file, { ...positive, title: action, statements, expected: null }), action).toBeNull();
    }
  });
});

const actionsOf = (technique: Technique | undefined): readonly string[] => [
  ...new Set(technique?.needs.flatMap(({ action, of }) => (of === 'trusting_target' ? [] : [action]))),
];

/** The statement with another action in the place of one. */
const without = (statement: Case['statements'][number], action: string): Case['statements'][number] => ({
  ...statement,
  Action: statement.Action.map((one) => (one === action ? 'sts:GetCallerIdentity' : one)),
});
