import * as z from 'zod';
import type { AwsRequest } from './aws-request.ts';
import { isPaged } from './pages.ts';
import { isSameRole, type Principal } from './principals.ts';

/** Which requests are meant; what is left out matches all. */
const When = z.strictObject({
  /** The account of the credentials that signed. */
  account: z.string().optional(),
  /** The ARN of the role whose session signed. */
  role: z.string().optional(),
  /** The access key id that signed. */
  access_key: z.string().optional(),
  /** The IAM action: `iam:GetAccountAuthorizationDetails`. */
  action: z.string().optional(),
  /** The prefix of the IAM action: `iam`. */
  service: z.string().optional(),
  /** Some of the parameters, by name: `{ RoleSessionName: 'probe' }`. */
  parameters: z.record(z.string(), z.string()).optional(),
});

const Fault = z.union([
  z.enum(['refuse', 'throttle', 'cut', 'malform']),
  z.strictObject({ delay_ms: z.number().int().positive() }),
  z.strictObject({
    page_size: z.number().int().positive(),
    copies: z.strictObject({ of: z.string().min(1), count: z.number().int().positive() }).optional(),
  }),
  z.strictObject({ replace: z.string().min(1), by: z.string() }),
]);

/** The shape of a rule, for what comes from outside. */
export const FaultRuleSchema = z
  .strictObject({
    when: When,
    /** How many of the matching requests are let pass first. */
    after: z.number().int().nonnegative().optional(),
    /** How many requests it is good for; all if left out. */
    times: z.number().int().positive().optional(),
    fault: Fault,
  })
  .refine(({ fault, when }) => typeof fault === 'string' || !('page_size' in fault) || isPaged(when.action), {
    message: 'page_size needs an action whose answer can be paged (see tools/local/fault-proxy/pages.ts)',
    path: ['when', 'action'],
  });

/**
 * What is to go wrong:
 * - `refuse`: the service's own AccessDenied; the emulator does not see the request
 * - `throttle`: the service's own throttling error; the emulator does not see the request
 * - `cut`: the request is done, and the connection closed in the middle of the answer
 * - `malform`: the request is done, and the answer's body ends in the middle
 * - `{ delay_ms }`: the request is done after so long
 * - `{ page_size }`: the emulator's one page becomes pages of so many items
 * - `{ page_size, copies: { of, count } }`: and each item whose name begins with `of` is there `count` times, under names
 *   with a number (XML only)
 * - `{ replace, by }`: the request is done, and a text in the answer's body becomes another wherever it stands
 */
export type FaultRule = z.infer<typeof FaultRuleSchema>;
export type Fault = z.infer<typeof Fault>;
export type When = z.infer<typeof When>;

/** A signed request, and who signed it. */
export interface KnownRequest {
  readonly request: AwsRequest;
  readonly principal: Principal | undefined;
}

/** A rule in force. */
export interface Injected {
  readonly id: number;
  readonly rule: FaultRule;
  /** How many requests it has been applied to. */
  readonly hits: number;
  remove(): void;
}

/** Whether a request is among those meant. */
export function isMeant(when: When, { request, principal }: KnownRequest): boolean {
  if (when.account !== undefined && when.account !== principal?.account) return false;
  if (when.role !== undefined && !(principal?.role && isSameRole(when.role, principal.role))) return false;
  if (when.access_key !== undefined && when.access_key !== request.accessKey) return false;
  if (when.action !== undefined && when.action !== request.action) return false;
  if (when.service !== undefined && when.service !== request.service) return false;
  return Object.entries(when.parameters ?? {}).every(([name, value]) => request.parameters[name] === value);
}

/** The rules in force, in the order in which they were injected. */
export class RuleBook {
  #rules: MutableRule[] = [];
  #lastId = 0;

  /** @throws ZodError if the rule is not one */
  add(rule: FaultRule): Injected {
    this.#lastId += 1;
    const id = this.#lastId;
    const injected: MutableRule = {
      id,
      rule: FaultRuleSchema.parse(rule),
      seen: 0,
      hits: 0,
      remove: () => this.remove(id),
    };
    this.#rules.push(injected);
    return injected;
  }

  /** Whether there was one of this id. */
  remove(id: number): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
    return this.#rules.length < before;
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly Injected[] {
    return this.#rules;
  }

  /** The fault of the first rule that applies. A page size only where nothing else does, so that pages can fail, too. */
  take(known: KnownRequest): Fault | undefined {
    const due = this.#rules.filter(({ rule }) => isMeant(rule.when, known)).filter(isDue);
    const first = due.find(({ rule }) => !('page_size' in Object(rule.fault))) ?? due[0];
    if (!first) return undefined;
    first.hits += 1;
    return first.rule.fault;
  }
}

interface MutableRule extends Injected {
  seen: number;
  hits: number;
}

function isDue(injected: MutableRule): boolean {
  injected.seen += 1;
  const { after = 0, times = Number.POSITIVE_INFINITY } = injected.rule;
  return injected.seen > after && injected.hits < times;
}
