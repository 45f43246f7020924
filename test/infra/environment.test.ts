import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { EnvironmentOf } from '../../lib/hub-function.ts';
import { FUNCTIONS, type Overrides } from './example.ts';
import { HubTemplate } from './hub-template.ts';

const LAMBDAS = path.resolve(import.meta.dirname, '../../lambdas');

/** What CloudFormation puts in the place of a reference, as far as a schema can tell. */
function deployed(hub: HubTemplate, value: unknown): string {
  const literal = z.string().safeParse(value);
  if (literal.success) return literal.data;
  const reference = z
    .union([z.object({ Ref: z.string() }), z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })])
    .parse(value);
  const id = 'Ref' in reference ? reference.Ref : reference['Fn::GetAtt'][0];
  const resource = hub.resources().find((candidate) => candidate.id === id);
  if (resource?.type === 'AWS::SQS::Queue') return `https://sqs.eu-west-1.amazonaws.com/111111111111/${id}.fifo`;
  if (resource?.type === 'AWS::SecretsManager::Secret')
    return `arn:aws:secretsmanager:eu-west-1:111111111111:secret:${id}`;
  if (resource?.type === 'AWS::Events::EventBus' || resource?.type === 'AWS::Lambda::Function') return id;
  throw new Error(`${JSON.stringify(value)} is in no environment that this test knows`);
}

async function schemaOf(duty: string): Promise<z.ZodObject> {
  const exported = Object.values(await import(path.join(LAMBDAS, duty, 'env.ts')));
  expect(exported).toHaveLength(1);
  return z.strictObject(
    z
      .record(
        z.string(),
        z.custom<z.ZodType>((it) => it instanceof z.ZodType),
      )
      .parse(exported[0]),
  );
}

const HUBS: Readonly<Record<string, Overrides>> = {
  'a hub in an organization': {},
  'a hub that knows where Identity Center is': { identity_center: { account_id: '333333333333', region: 'us-west-2' } },
  'a hub of named accounts': { organization: undefined, accounts: ['333333333333'] },
};

for (const [which, overrides] of Object.entries(HUBS)) {
  const hub = new HubTemplate(overrides);
  test.each(FUNCTIONS)(
    `${which} gives $duty the environment that it asks for, and nothing else`,
    async ({ at, duty }) => {
      const { properties } = hub.one('AWS::Lambda::Function', at);
      const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(properties.Environment);
      const environment = Object.fromEntries(
        Object.entries(Variables).map(([name, value]) => [name, deployed(hub, value)]),
      );
      const schema = await schemaOf(duty);
      expect(z.prettifyError(schema.safeParse(environment).error ?? new z.ZodError([]))).toBe('');
    },
  );
}

test('an environment that lacks a variable, or has one that nobody asks for, does not compile', () => {
  type Wanted = EnvironmentOf<{ A: z.ZodString; B: z.ZodCoercedNumber; C: z.ZodOptional<z.ZodString> }>;
  const right: Wanted[] = [
    { A: 'a', B: '1' },
    { A: 'a', B: '1', C: 'c' },
  ];
  // @ts-expect-error B is missing
  const lacking: Wanted = { A: 'a' };
  // @ts-expect-error nobody asks for D
  const surplus: Wanted = { A: 'a', B: '1', D: 'd' };
  expect([...right, lacking, surplus]).toHaveLength(4);
});

test('every lambda is in the hub', () => {
  const folders = readdirSync(LAMBDAS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(FUNCTIONS.map(({ duty }) => duty).sort());
});

test('no secret is in an environment', () => {
  const hub = new HubTemplate();
  for (const { properties } of hub.resources('AWS::Lambda::Function')) {
    expect(JSON.stringify(properties.Environment)).not.toMatch(/mongodb(\+srv)?:|resolve:secretsmanager|password/i);
  }
});
