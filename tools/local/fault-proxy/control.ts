import { createServer, type IncomingMessage, type Server } from 'node:http';
import * as z from 'zod';
import type { CallCounter } from './calls.ts';
import { FaultRuleSchema, type RuleBook } from './rules.ts';

/**
 * Lets other processes set rules, over http:
 * - `GET /_faults`: the rules in force, and the calls counted
 * - `POST /_faults` with a rule as JSON: injects it, answers its id
 * - `DELETE /_faults` and `DELETE /_faults/<id>`: removes all, or one
 */
export function controlServer(rules: RuleBook, calls: CallCounter): Server {
  return createServer((request, response) => {
    answer(rules, calls, request).then(
      ([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
}

async function answer(rules: RuleBook, calls: CallCounter, request: IncomingMessage): Promise<[number, unknown]> {
  const [, id] = /^\/_faults(?:\/(\d+))?$/.exec(request.url ?? '') ?? [undefined, null];
  if (id === null) return [404, { error: 'there is nothing but /_faults here' }];
  if (request.method === 'DELETE') {
    if (id !== undefined) return rules.remove(Number(id)) ? [200, {}] : [404, { error: `no rule ${id} is in force` }];
    rules.clear();
    return [200, {}];
  }
  if (id !== undefined) return [405, { error: 'a single rule can only be deleted' }];
  if (request.method === 'GET') {
    return [200, { rules: rules.list().map(({ id, rule, hits }) => ({ id, ...rule, hits })), calls: calls.list() }];
  }
  // A web page cannot send this type without asking first, and nothing here says yes.
  if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') {
    return [415, { error: 'POST a rule as application/json' }];
  }
  return inject(rules, await readText(request));
}

function inject(rules: RuleBook, text: string): [number, unknown] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [400, { error: 'this is not JSON' }];
  }
  const rule = FaultRuleSchema.safeParse(json);
  return rule.success ? [201, { id: rules.add(rule.data).id }] : [400, { error: z.prettifyError(rule.error) }];
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
