import * as z from 'zod';
import { HOST_PATTERN } from '../src/control/source-host.ts';
import { isAccountId } from '../src/kernel/ids.ts';
import type { PathOptions } from '../src/paths/find-paths.ts';

/** What several functions are told in the same words. Each function's `env.ts` composes its own from these. */
export const MongoEnv = { MONGODB_SECRET_ARN: z.string().startsWith('arn:') };
export const PlanQueueEnv = { PLAN_QUEUE_URL: z.url() };
export const CellQueueEnv = { CELL_QUEUE_URL: z.url() };
export const StitchQueueEnv = { STITCH_QUEUE_URL: z.url() };
/** What whoever asks for a stitch is told: the queue, and its delay: how long the stitcher lets changes gather. */
export const StitchRequestEnv = { ...StitchQueueEnv, STITCH_DELAY_SECONDS: z.coerce.number().int().min(0).max(900) };
/** How far paths are searched: hops of a chain, and other chains that are counted. */
export const SearchLimitsEnv = {
  STITCH_MAX_HOPS: z.coerce.number().int().min(1).max(20),
  STITCH_MAX_ALTERNATIVES: z.coerce.number().int().min(0).max(1_000),
};

/** The same as a search takes it. */
export const searchLimits = (env: z.infer<z.ZodObject<typeof SearchLimitsEnv>>): Required<PathOptions> => ({
  max_hops: env.STITCH_MAX_HOPS,
  max_alternatives: env.STITCH_MAX_ALTERNATIVES,
});

/** Where a function puts messages of its queue that are not ours. */
export const DeadLetterEnv = { DEAD_LETTER_QUEUE_URL: z.url() };
export const EventBusEnv = { EVENT_BUS_NAME: z.string().min(1) };

const AccountId = z.string().refine(isAccountId, 'must be twelve digits');

/** By which roles AWS is looked at. */
export const AwsAccessEnv = {
  /** The name of the role to enter in every account. */
  SPOKE_ROLE_NAME: z.string().min(1),
  /** The role that lists the organization's accounts; without it the hub's own rights do. */
  AWS_ORGANIZATION_ROLE_ARN: z.string().startsWith('arn:').optional(),
  /** The organization's management account: whose spoke role has a stack of its own. */
  MANAGEMENT_ACCOUNT_ID: AccountId.optional(),
};

/** From where IAM Identity Center is asked: the two are named together or not at all. */
export const IdentityCenterEnv = {
  IDENTITY_CENTER_ACCOUNT_ID: AccountId.optional(),
  IDENTITY_CENTER_REGION: z.string().min(1).optional(),
};

/** What Lambda itself sets in every function. */
export const LambdaEnv = {
  AWS_REGION: z.string().min(1),
  /** In megabytes. */
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.coerce.number().int().min(1),
};

/** The hub's terms: `src/control/connector-instance.ts`. The organization is named whole or not at all. */
export const HubTermsEnv = {
  HUB_ACCOUNT_ID: AccountId,
  ORGANIZATION_ID: z
    .string()
    .regex(/^o-[a-z0-9]{10,32}$/)
    .optional(),
  MANAGEMENT_ACCOUNT_ID: AccountId.optional(),
  ORGANIZATION_TENANT_ID: z.string().min(1).optional(),
};

const HostPatterns = z.array(z.string().regex(HOST_PATTERN));

/** Hosts that callers may have the hub talk to, by kind, as JSON. */
export const SourceHostsEnv = {
  SOURCE_HOSTS: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(z.strictObject({ servicenow: HostPatterns, foundry: HostPatterns })),
};

/**
 * The function's environment, checked once at cold start. Throws an Error that names every variable that is wrong, so that a
 * wrong deployment fails at its first call and not somewhere inside.
 */
export function readEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<Shape>> {
  const parsed = z.object(shape).safeParse(env);
  if (!parsed.success) throw new Error(`environment: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
