import * as z from 'zod';
import { HubTermsEnv, MongoEnv, PlanQueueEnv, SourceHostsEnv, StitchRequestEnv } from '../environment.ts';

/** The names of the token's claims are the issuer's choice. */
export const ApiEnv = {
  ...MongoEnv,
  ...PlanQueueEnv,
  ...StitchRequestEnv,
  ...HubTermsEnv,
  ...SourceHostsEnv,
  CELL_QUEUE_URL: z.url(),
  /** The functions that try connections, by name. */
  CHECK_AWS_FUNCTION: z.string().min(1),
  CHECK_SOURCES_FUNCTION: z.string().min(1),
  /** The function that answers questions about whole graphs, and the one that stitches, by name. */
  ASK_GRAPH_FUNCTION: z.string().min(1),
  STITCH_FUNCTION: z.string().min(1),
  TENANT_CLAIM: z.string().min(1),
  WORKSPACES_CLAIM: z.string().min(1),
  PERMISSIONS_CLAIM: z.string().min(1),
  /** Of one tenant, over all its callers. */
  REQUESTS_PER_MINUTE: z.coerce.number().int().min(1),
};
