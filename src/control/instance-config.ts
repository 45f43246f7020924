import * as z from 'zod';
import { isAccountId } from '../kernel/ids.ts';
import { sourceAddress } from './source-host.ts';

/** Whether a list names nothing twice. */
export const isEachOnce = (names: readonly string[]): boolean => new Set(names).size === names.length;

export const AccountIdSchema = z.string().refine(isAccountId, 'must be an AWS account id of twelve digits, as text');
/** Whether a text could be the name of an AWS region: it becomes a part of host names. */
export const isRegionName = (text: string): boolean => REGION_NAME.test(text);

const REGION_NAME = /^[a-z]{2}(-[a-z]+)+-\d$/;
const Region = z.string().regex(REGION_NAME, 'must be an AWS region name such as eu-west-1');
const Regions = z
  .array(Region)
  .min(1)
  .max(40)
  .refine(isEachOnce, 'must name each region once')
  .exactOptional()
  .describe('Only these regions. Left out: those that are enabled in each account');

/** An id of Microsoft's, in lower case: it is compared as text. */
const Guid = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'must be a GUID in lower case, such as 3f9a1c52-7d4e-4b1a-9c60-2e85d0b7a411',
  );

/** What an AWS instance looks at: a whole organization, or named accounts; in the regions that it names, else in those that are enabled in each account. */
export const AwsInstanceConfig = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('organization'), regions: Regions }),
  z.strictObject({
    mode: z.literal('accounts'),
    account_ids: z.array(AccountIdSchema).min(1).max(10_000).refine(isEachOnce, 'must name each account once'),
    regions: Regions,
  }),
]);
export type AwsInstanceConfig = z.infer<typeof AwsInstanceConfig>;

/** An Entra tenant. It belongs to one cloud of Microsoft's, the public one unless another is named. */
export const EntraInstanceConfig = z.strictObject({
  entra_tenant_id: Guid,
  cloud: z.enum(['global', 'us_government', 'china']).optional(),
});
export type EntraInstanceConfig = z.infer<typeof EntraInstanceConfig>;

/** A ServiceNow instance. Which hosts are allowed is the hub's to say: see `newConnectorInstance`. */
export const ServiceNowInstanceConfig = z.strictObject({
  instance_url: z
    .string()
    .max(300)
    .refine(
      (text) => sourceAddress(text)?.path === '',
      'must be the plain https address of the instance and nothing after it, in lower case, such as https://example.service-now.com',
    ),
});
export type ServiceNowInstanceConfig = z.infer<typeof ServiceNowInstanceConfig>;

/** Azure AI Foundry: the subscriptions to look through; projects whose agents are listed, all of them where none is named. */
export const FoundryInstanceConfig = z.strictObject({
  entra_tenant_id: Guid,
  subscription_ids: z.array(Guid).min(1).max(1_000),
  project_endpoints: z
    .array(
      z
        .string()
        .max(400)
        .refine(
          (text) => /^\/api\/projects\/[A-Za-z0-9._-]{1,64}$/.test(sourceAddress(text)?.path ?? ''),
          'must be the endpoint of a project, such as https://example.services.ai.azure.com/api/projects/claims',
        ),
    )
    .max(1_000)
    .optional(),
});
export type FoundryInstanceConfig = z.infer<typeof FoundryInstanceConfig>;

/** What pushes to us is configured at its own end. */
export const PushInstanceConfig = z.strictObject({});
export type PushInstanceConfig = z.infer<typeof PushInstanceConfig>;

/** The source systems that a push instance may speak for, as records name them: `servicenow:example`. */
export const SourceSystemIds = z
  .array(
    z
      .string()
      .max(200)
      .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without spaces'),
  )
  .min(1)
  .max(100)
  .refine(isEachOnce, 'must name each source system once');
