import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openApi } from '../../lambdas/api/openapi.ts';
import { route } from '../../lambdas/api/route.ts';
import { routes } from '../../lambdas/api/routes/index.ts';
import { ERROR_FACTS } from '../../src/kernel/error-facts.ts';
import { aHubApi, aToken } from './a-hub-api.ts';

const TABLE = routes(aHubApi().deps);
const document = openApi(TABLE);
const Operation = z.looseObject({
  operationId: z.string(),
  'x-permission': z.string(),
  parameters: z.array(z.looseObject({ name: z.string().optional(), $ref: z.string().optional() })).optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.looseObject({ $ref: z.string().optional() })),
});
const operations = TABLE.map((one) => {
  const at = document.paths[`/api/v1${one.path.replaceAll(/:(\w+)/g, '{$1}')}`];
  return [`${one.method} ${one.path}`, one, Operation.parse(at?.[one.method.toLowerCase()])] as const;
});

describe('the description', () => {
  it('is an OpenAPI 3.1 document by its meta-schema', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, '3.1']);
  });

  it('refers to nothing that it does not hold', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(50);
    const Components = z.record(z.string(), z.record(z.string(), z.unknown()));
    const components = Components.parse(document.components);
    expect(references.filter(([, kind = '', name = '']) => components[kind]?.[name] === undefined)).toEqual([]);
    expect(text.match(/"\$ref":"(?!#\/components\/)/g)).toBeNull();
  });

  it('is committed as it is: npm run generate:openapi', () => {
    const committed = readFileSync(path.resolve(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
    expect(JSON.parse(committed)).toEqual(document);
  });

  it('is served to anybody with a token of the hub', async () => {
    const answer = await aHubApi().ask('GET', '/api/v1/openapi.json', { token: aToken({ permissions: [] }) });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(document)));
    expect((await aHubApi().ask('GET', '/api/v1/openapi.json', { token: null })).status).toBe(401);
  });
});

describe('an operation', () => {
  it('has a name of its own', () => {
    const ids = operations.map(([, , { operationId }]) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids).toContain('getScanRunsIdCells');
  });

  it.each(operations)('%s says what it needs, takes and answers', (_name, one, operation) => {
    expect(operation['x-permission']).toBe(one.permission);
    const names = operation.parameters?.map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining([...one.path.matchAll(/:(\w+)/g)].map(([, name]) => name)));
    expect(operation.parameters?.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey')) ?? false).toBe(
      one.idempotent === true,
    );
    expect(Object.keys(operation.requestBody?.content ?? {})).toEqual(
      one.body ? ['application/json', ...(one.ndjson ? ['application/x-ndjson'] : [])] : [],
    );
    const statuses = Object.keys(operation.responses).map(Number);
    const declared = (one.problems ?? []).map((code) => ERROR_FACTS[code].status);
    expect(statuses).toEqual(expect.arrayContaining([one.status, 400, 401, 429, 503, ...declared]));
    expect(statuses.includes(403)).toBe(one.permission !== 'any_token' || declared.includes(403));
    if (one.path.includes(':')) expect(statuses).toContain(404);
    expect(statuses.includes(415)).toBe(one.body !== undefined);
  });
});

describe('a schema that says nothing', () => {
  it('is not described: the description cannot be made', () => {
    const silent = route(
      { method: 'GET', path: '/x', summary: 'Say', permission: 'runs:read', status: 200, answer: z.custom<string>() },
      async () => 'x',
    );
    expect(() => openApi([silent])).toThrow('Custom types');
  });

  it('nor are two under one name', () => {
    const one = (answer: z.ZodType<unknown>, path: string) =>
      route({ method: 'GET', path, summary: 'Say', permission: 'runs:read', status: 200, answer }, async () => 'x');
    const named = (schema: z.ZodType) => z.strictObject({ a: schema }).meta({ id: 'TestTwin' });
    const first = one(named(z.string()), '/x');
    expect(() => openApi([first, one(named(z.number()), '/y')])).toThrow(/TestTwin|ID/);
  });
});
