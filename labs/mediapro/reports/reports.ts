import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { entraSystem } from '../../../src/connectors/entra/convert/entra-ref.ts';
import { convertTenant, EntraRecords } from '../../../src/connectors/entra/convert/tenant.ts';
import { convertAccount, FoundryRecords } from '../../../src/connectors/foundry/convert/account.ts';
import { foundrySystem } from '../../../src/connectors/foundry/convert/foundry-ref.ts';
import { convertInstance, ServiceNowRecords } from '../../../src/connectors/servicenow/convert/instance.ts';
import { instanceSystem } from '../../../src/connectors/servicenow/convert/instance-ref.ts';
import { BRIDGES, ENTRA, FOUNDRY_ACCOUNT, SERVICENOW_HOST } from '../names.ts';
import { type Report, reportOf } from './report.ts';

/** The systems beside AWS, as the hub calls them. */
export const SOURCE_SYSTEMS = {
  entra: entraSystem(ENTRA.tenant),
  servicenow: instanceSystem(SERVICENOW_HOST),
  foundry: foundrySystem(FOUNDRY_ACCOUNT),
} as const;

/** What the records name that only AWS knows: it is made when the estate is. */
export interface EstateAddresses {
  /** URL of the function `mp-ticket-intake`, with the slash at its end. */
  readonly ticket_intake_url: string;
}

/**
 * The reports of MediaPro's Entra tenant, ServiceNow instance and Foundry account: `records/*.json`, as those systems' APIs
 * return them, through the converters. `finished_at` (ISO time) tells two reports of the same records apart.
 */
export function reports(addresses: EstateAddresses, finished_at: string): readonly Report[] {
  const entra = records('entra', EntraRecords, addresses);
  const servicenow = records('servicenow', ServiceNowRecords, addresses);
  const foundry = records('foundry', FoundryRecords, addresses);
  return [
    reportOf(SOURCE_SYSTEMS.entra, convertTenant(entra, ENTRA.tenant), finished_at),
    reportOf(SOURCE_SYSTEMS.servicenow, convertInstance(servicenow, SERVICENOW_HOST), finished_at),
    reportOf(SOURCE_SYSTEMS.foundry, convertAccount(foundry, ENTRA.tenant), finished_at),
  ];
}

function records<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  { ticket_intake_url }: EstateAddresses,
): z.output<Schema> {
  const text = readFileSync(new URL(`records/${name}.json`, import.meta.url), 'utf8');
  return schema.parse(JSON.parse(text.replaceAll(`{{${BRIDGES.ticketIntake}.url}}`, ticket_intake_url)));
}
