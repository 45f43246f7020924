import type { CanonicalIdentity } from '../correlations/identity.ts';
import { hashOf } from '../kernel/canonical.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { IsoTime } from '../kernel/time.ts';
import type { Members } from './members.ts';

/** An identity, and who may see it: what a computation finds. */
export interface FoundIdentity extends CanonicalIdentity {
  /** Workspaces that claim each source record. */
  readonly members: Members;
}

/** An identity as it is stored: a document of `canonical_identities`. */
export interface StitchedIdentity extends FoundIdentity {
  readonly content_hash: string;
  /** The stitch that first found it as it is now. */
  readonly stitch_run_id: string;
  readonly stitched_at: IsoTime;
}

/** Of which identity an entity is a record: a document of `identity_members`, `_id` the entity's. */
export interface IdentityMember {
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly canonical_identity_id: string;
  /** The identity's: who sees it. */
  readonly members: Members;
}

/** Equal hashes, equal identities to write: when and by which run a property was first seen is not part of it. */
export const identityHash = ({ property_provenance, ...identity }: CanonicalIdentity): string =>
  hashOf({
    ...identity,
    property_provenance: Object.fromEntries(
      Object.entries(property_provenance).map(([name, { run_id: _run, observed_at: _time, ...origin }]) => [
        name,
        origin,
      ]),
    ),
  });

/** The memberships that identities make, by entity. */
export const membershipsOf = ({ _id, tenant_id, source_records, members }: FoundIdentity): readonly IdentityMember[] =>
  source_records.map(({ id }) => ({ _id: id, tenant_id, canonical_identity_id: _id, members }));
