import { accountOf, organizationOf } from '../graph/accounts.ts';
import type { GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import { textOf } from '../graph/properties.ts';
import { parseArn } from '../kernel/arn.ts';
import type { AccountId } from '../kernel/ids.ts';

/** What lies between the start of a chain and something on the way. */
export interface BoundaryFlags {
  /** Something on the way lives in another account than the start. */
  readonly crosses_account_boundary: boolean;
  /** Something on the way was seen by another kind of connector. */
  readonly crosses_connector_boundary: boolean;
  /** Something on the way belongs to another AWS organization, or another Entra tenant, than the start or what is just before it. */
  readonly crosses_organization_boundary: boolean;
}

/** Who an entity belongs to beyond its account. */
interface Organization {
  readonly of: 'aws' | 'entra';
  readonly id: string;
}

/** Where an entity is, as far as it is known: what boundaries are drawn by. */
export interface Location {
  readonly account: AccountId | undefined;
  /** The family of source systems that it is of: `aws` in `aws:111111111111`. */
  readonly connector: string;
  readonly organization: Organization | undefined;
}

/** Boundaries as a set of bits, for a search that asks for them at each step. */
export const ACCOUNT = 1;
export const CONNECTOR = 2;
export const ORGANIZATION = 4;

/** Where an entity is. */
export function locationOf(graph: Graph, entity: GraphEntity): Location {
  const account = accountOf(graph, entity);
  const connector = entity.source_system_id.split(':', 1)[0] ?? '';
  return { account, connector, organization: organizationIn(graph, entity, account) };
}

function organizationIn(graph: Graph, entity: GraphEntity, account: AccountId | undefined): Organization | undefined {
  if (account !== undefined) return awsOrganization(graph, account, parseArn(entity.source_record_id)?.partition);
  const tenant = textOf(entity, 'tenant_id');
  return tenant ? { of: 'entra', id: tenant.toLowerCase() } : undefined;
}

/** The organization of an account. One that is only named from afar is none of an organization whose accounts were listed: it stands for itself. */
function awsOrganization(graph: Graph, account: AccountId, partition = 'aws'): Organization | undefined {
  const organization = organizationOf(graph, account, partition);
  if (organization !== undefined) return { of: 'aws', id: organization };
  const root = graph.entityByArn(`arn:${partition}:iam::${account}:root`);
  return root?.entity_type === 'external_aws_account' ? { of: 'aws', id: account } : undefined;
}

/** The boundaries between two places. Where the account or organization of one is not known, or it has none, none is claimed. */
export function boundariesBetween(here: Location, there: Location): number {
  const account = differ(here.account, there.account) ? ACCOUNT : 0;
  const connector = here.connector === there.connector ? 0 : CONNECTOR;
  return account | connector | organizationBetween(here, there);
}

/** Of the boundaries between two places that of organizations: only two of one kind are compared. */
export const organizationBetween = ({ organization: ours }: Location, { organization: theirs }: Location): number =>
  ours?.of === theirs?.of && differ(ours?.id, theirs?.id) ? ORGANIZATION : 0;

const differ = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && a !== b;

/** The flags of a set of boundaries. */
export const flagsOf = (boundaries: number): BoundaryFlags => ({
  crosses_account_boundary: (boundaries & ACCOUNT) !== 0,
  crosses_connector_boundary: (boundaries & CONNECTOR) !== 0,
  crosses_organization_boundary: (boundaries & ORGANIZATION) !== 0,
});
