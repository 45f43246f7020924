import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { parseArn } from '../src/kernel/arn.ts';
import { isAccountId } from '../src/kernel/ids.ts';
import {
  type BlockedBy,
  type CompiledPolicy,
  compilePolicy,
  conditionSentence,
  type Decision,
  evaluate,
  type OpenCondition,
  PolicyError,
  type PolicyKind,
  type PolicyRequest,
  type PolicySet,
  requestContext,
} from '../src/policy/index.ts';

/*
 * node tools/policy-cases.ts FILE...
 * Reads policy cases (test/cases/policy/README.md) and prints one JSON line for each, then `N passed, N failed`.
 */

const Document = z.unknown().refine((document) => document !== undefined);
const Documents = z.array(Document);
const Levels = z.array(Documents.nullable()).nullish();
const Tags = z.record(z.string(), z.string()).nullish();
const Account = z.string().nullish();
const Scalar = z.union([z.string(), z.number(), z.boolean()]);

const PolicyCase = z.object({
  id: z.string(),
  expected: z.enum(['allowed', 'denied', 'conditional', 'undetermined', 'error']).optional(),
  principal: z.object({
    arn: z.string(),
    account: Account,
    organization: z.string().nullish(),
    tags: Tags,
    uniqueId: z.string().optional(),
    managementAccount: z.boolean().optional(),
    serviceLinkedRole: z.boolean().optional(),
    sessionPolicies: z.union([Documents, z.literal('unknown')]).nullish(),
  }),
  action: z.string(),
  resource: z.object({
    arn: z.string(),
    account: Account,
    organization: z.string().nullish(),
    tags: Tags,
    managementAccount: z.boolean().optional(),
    publicAccessBlock: z.object({ restrictPublicBuckets: z.boolean().optional() }).nullish(),
    encryptionKey: z
      .object({
        arn: z.string(),
        account: Account,
        policy: z.unknown().optional(),
        awsManaged: z.boolean().optional(),
      })
      .nullish(),
  }),
  providers: z.array(z.string()).nullish(),
  identityPolicies: Documents.nullish(),
  resourcePolicy: z.unknown().optional(),
  permissionsBoundary: z.unknown().optional(),
  principalScps: Levels,
  resourceScps: Levels,
  resourceRcps: Levels,
  absentKeys: z.array(z.string()).nullish(),
  context: z.record(z.string(), z.union([Scalar, z.array(Scalar)])).nullish(),
});

/** One case: who asks for what, the policies around it, and what the documentation says of it. */
export type PolicyCase = z.infer<typeof PolicyCase>;

/** What the engine says of a case. */
export interface CaseResult {
  readonly id: string;
  /** Null where the case does not say. */
  readonly expected: string | null;
  readonly decision: Decision | 'error';
  readonly conditions: readonly OpenCondition[];
  /** The conditions for people. */
  readonly sentences: readonly string[];
  /** Null where the case does not say what it expects. */
  readonly pass: boolean | null;
  readonly blocked_by?: BlockedBy;
  /** What is wrong with a malformed document, and where. */
  readonly message?: string;
}

/** The request that a case describes. */
export function requestOf({ principal, resource, ...asked }: PolicyCase): PolicyRequest {
  return {
    principal: {
      arn: principal.arn,
      account: principal.account ?? accountIn(principal.arn),
      organization: principal.organization,
      tags: principal.tags ?? {},
      unique_id: principal.uniqueId,
      management_account: principal.managementAccount,
      service_linked_role: principal.serviceLinkedRole,
    },
    action: asked.action,
    resource: {
      arn: resource.arn,
      account: resource.account ?? accountIn(resource.arn),
      organization: resource.organization,
      tags: resource.tags ?? undefined,
      management_account: resource.managementAccount,
      restrict_public_buckets: resource.publicAccessBlock?.restrictPublicBuckets,
      encryption_key: resource.encryptionKey
        ? {
            arn: resource.encryptionKey.arn,
            account: resource.encryptionKey.account ?? accountIn(resource.encryptionKey.arn) ?? '',
            aws_managed: resource.encryptionKey.awsManaged,
          }
        : undefined,
      federation_providers: asked.providers ?? undefined,
    },
    context: requestContext(asked.context ?? {}, asked.absentKeys ?? []),
  };
}

/** The account in an ARN, for a case that does not give it. */
function accountIn(text: string): string | null {
  const account = parseArn(text)?.account;
  return account !== undefined && isAccountId(account) ? account : null;
}

/** The policies around a case. Throws `PolicyError` for a malformed one. */
export function policiesOf(asked: PolicyCase): PolicySet {
  const { sessionPolicies } = asked.principal;
  // No verdict depends on the SCPs of the resource's account: they are read only so that a malformed one is not passed over.
  levelsOf('resourceScps', asked.resourceScps, 'scp');
  return {
    identity: listOf('identityPolicies', asked.identityPolicies, 'identity'),
    resource: oneOf('resourcePolicy', asked.resourcePolicy, /^sts:/i.test(asked.action) ? 'trust' : 'resource'),
    boundary: oneOf('permissionsBoundary', asked.permissionsBoundary, 'boundary'),
    session:
      sessionPolicies === 'unknown' ? 'unknown' : listOf('principal.sessionPolicies', sessionPolicies, 'session'),
    scps: levelsOf('principalScps', asked.principalScps, 'scp'),
    rcps: levelsOf('resourceRcps', asked.resourceRcps, 'rcp'),
    key: oneOf('resource.encryptionKey.policy', asked.resource.encryptionKey?.policy, 'resource'),
  };
}

/** A policy of a case. The error for a malformed one begins with the field that it stands in. */
function oneOf(field: string, document: unknown, kind: PolicyKind): CompiledPolicy | undefined {
  if (document === null || document === undefined) return undefined;
  try {
    return compilePolicy(document, kind);
  } catch (error) {
    if (error instanceof PolicyError) error.message = `${field}: ${error.message}`;
    throw error;
  }
}

const listOf = (
  field: string,
  documents: readonly unknown[] | null | undefined,
  kind: PolicyKind,
): readonly CompiledPolicy[] =>
  (documents ?? []).flatMap((document, i) => oneOf(`${field}[${i}]`, document, kind) ?? []);

const levelsOf = (
  field: string,
  levels: readonly (readonly unknown[] | null)[] | null | undefined,
  kind: PolicyKind,
): readonly (readonly CompiledPolicy[])[] | undefined =>
  levels?.map((documents, i) => listOf(`${field}[${i}]`, documents, kind));

/** Runs one case. Anything wrong with it is an answer, not an exception. */
export function runCase(input: unknown): CaseResult {
  const parsed = PolicyCase.safeParse(input);
  if (!parsed.success) {
    const named = z.object({ id: z.string() }).safeParse(input);
    const id = named.success ? named.data.id : '?';
    return { id, expected: null, ...failed(z.prettifyError(parsed.error)), pass: false };
  }
  const { id, expected = null } = parsed.data;
  const answer = answerTo(parsed.data);
  return { id, expected, ...answer, pass: expected === null ? null : answer.decision === expected };
}

function answerTo(asked: PolicyCase): Omit<CaseResult, 'id' | 'expected' | 'pass'> {
  try {
    const { decision, conditions, blocked_by } = evaluate(requestOf(asked), policiesOf(asked));
    return { decision, conditions, sentences: conditions.map(conditionSentence), blocked_by };
  } catch (error) {
    if (error instanceof PolicyError) return failed(error.message);
    throw error;
  }
}

const failed = (message: string) => ({ decision: 'error', conditions: [], sentences: [], message }) as const;

function main(files: readonly string[]): void {
  if (files.length === 0) {
    console.error('usage: node tools/policy-cases.ts FILE...');
    process.exitCode = 2;
    return;
  }
  let passed = 0;
  let missed = 0;
  for (const file of files) {
    for (const input of casesIn(file)) {
      const result = runCase(input);
      console.log(JSON.stringify(result));
      if (result.pass === true) passed += 1;
      if (result.pass === false) missed += 1;
    }
  }
  console.log(`${passed} passed, ${missed} failed`);
  if (missed > 0) process.exitCode = 1;
}

function casesIn(file: string): readonly unknown[] {
  try {
    return z.array(z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    console.error(`${file}: not a JSON list of cases (${error instanceof Error ? error.message : error})`);
    process.exitCode = 2;
    return [];
  }
}

if (import.meta.main) main(process.argv.slice(2));
