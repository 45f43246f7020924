import { hashOf } from '../../src/kernel/canonical.ts';
import type { StitchAuditEntry } from '../../src/stitch/audit-entry.ts';
import type { StitchedCorrelation } from '../../src/stitch/stitched-correlation.ts';
import type { IdentityMember, StitchedIdentity } from '../../src/stitch/stitched-identity.ts';
import type { StitchedPath } from '../../src/stitch/stitched-path.ts';
import type { StitchedStores } from '../../src/stitch/write-differences.ts';

/** What a tenant's stitches keep, in memory: with each write noted, and `before` it whoever wants to stop it. */
export function memoryStitched(before: (write: string) => void = () => undefined) {
  const writes: string[] = [];
  const note = (write: string): void => {
    before(write);
    writes.push(write);
  };
  const correlations = new Map<string, StitchedCorrelation>();
  const identities = new Map<string, StitchedIdentity>();
  const paths = new Map<string, StitchedPath>();
  const members = new Map<string, IdentityMember>();
  const audit = new Map<string, StitchAuditEntry>();

  const kept = <D extends { readonly _id: string }>(name: string, documents: Map<string, D>) => ({
    getMany: async (_tenant: string, ids: readonly string[]) => ids.flatMap((id) => documents.get(id) ?? []),
    async put(_tenant: string, some: readonly D[]) {
      if (some.length === 0) return;
      note(`put ${name} ${some.length}`);
      // As a server would: nobody's later change of an object reaches what is stored.
      for (const one of some) documents.set(one._id, structuredClone(one));
    },
    async remove(_tenant: string, ids: readonly string[]) {
      if (ids.length === 0) return;
      note(`remove ${name} ${ids.length}`);
      for (const id of ids) documents.delete(id);
    },
  });
  const hashes =
    <D extends { readonly _id: string }>(
      documents: Map<string, D>,
      hash: (one: D) => string,
      stands = (_: D) => true,
    ) =>
    async () =>
      new Map([...documents.values()].filter(stands).map((one) => [one._id, hash(one)]));
  const content = ({ content_hash }: { readonly content_hash: string }): string => content_hash;

  const stores: StitchedStores = {
    correlations: {
      ...kept('correlations', correlations),
      hashes: hashes(correlations, content, ({ status }) => status === 'active'),
    },
    identities: { ...kept('identities', identities), hashes: hashes(identities, content) },
    paths: { ...kept('paths', paths), hashes: hashes(paths, content) },
    members: { ...kept('members', members), hashes: hashes(members, hashOf) },
    audit: {
      ...kept('audit', audit),
      async *after(_tenant, generation) {
        yield* [...audit.values()].filter((entry) => entry.generation > generation);
      },
    },
  };
  return { stores, correlations, identities, paths, members, audit, writes };
}
