import { beforeEach, describe, expect, test } from 'vitest';
import type { CoverageRow } from '../../src/connectors/connector.ts';
import { beginPart } from '../../src/inventory/apply.ts';
import { FenceLost } from '../../src/inventory/context.ts';
import { removeUnseen } from '../../src/inventory/removal.ts';
import { forget, retireUnplanned } from '../../src/inventory/retire.ts';
import { entityId } from '../../src/observations/fingerprint.ts';
import type { EntityRef, Observation } from '../../src/observations/observation.ts';
import {
  ACCOUNT,
  aContext,
  aNode,
  anAccountRef,
  anEdge,
  aPolicyDocument,
  aRoleRef,
  complete,
  momentOf,
  ROLES,
  TENANT,
} from './builders.ts';
import { beliefs } from './comparable.ts';
import { interposed } from './gated.ts';
import type { InventoryUnderTest } from './memory-stores.ts';
import { scan, scanOf } from './scan.ts';

const READER = aRoleRef('reader');
const OTHER_ACCOUNT = '222222222222';
const TRUSTED = anAccountRef(OTHER_ACCOUNT, 'external_aws_account');

const roles = (count: number): readonly Observation[] =>
  Array.from({ length: count }, (_, index) => aNode(aRoleRef(`role-${index}`)));

/** What the inventory promises, whatever it is stored in: run against the fake of the unit tests and against a real server. */
export function inventorySuite(make: () => Promise<InventoryUnderTest>): void {
  let inventory: InventoryUnderTest;
  beforeEach(async () => {
    inventory = await make();
  });

  const entity = async (ref: EntityRef) =>
    (await inventory.entities()).find(({ _id }) => _id === entityId(TENANT, ref));
  const edges = async () => (await inventory.edges()).filter(({ retired_at }) => !retired_at);

  describe('what was seen', () => {
    test('is added with its claim, its provenance and its owner', async () => {
      const { applied } = await scanOf(inventory.stores, 1, [aNode(READER, { properties: { path: '/' } })]);
      expect(applied).toEqual({ counts: { added: 1, changed: 0, removed: 0, unchanged: 0 }, wrote: true, observed: 1 });
      expect(await entity(READER)).toMatchObject({
        tenant_id: TENANT,
        entity_type: 'aws_iam_role',
        display_name: 'reader',
        properties: { path: '/' },
        property_provenance: {
          path: {
            connector_id: 'aws-1',
            source_record_id: READER.source_record_id,
            observed_at: momentOf(1),
            run_id: 'run-aws-1-1',
            cell: `aws_iam:${ACCOUNT}`,
            api: 'iam:GetAccountAuthorizationDetails',
          },
        },
        connector_owners: ['aws-1'],
        workspace_ids: ['platform'],
        claims: [{ by: { instance_id: 'aws-1', cell: `aws_iam:${ACCOUNT}`, ...ROLES }, seq: 1 }],
        lineage_records: [{ source_field_path: '$', api: 'iam:GetAccountAuthorizationDetails' }],
        version: 1,
      });
    });

    describe('while a call fails', () => {
      const POLICY = 's3:GetBucketPolicy';
      const LIST = 's3:ListAllMyBuckets';
      const told = aNode(READER, {
        properties: { name: 'reader', resource_policy_hash: 'abc', tags: ['x'] },
        api: LIST,
        property_apis: { resource_policy_hash: POLICY, tags: 's3:GetBucketTagging' },
        correlation_keys: [{ kind: 'email', value: 'a@example.com' }],
      });
      const untold = aNode(READER, { properties: { name: 'reader' }, api: LIST, failed_apis: [POLICY] });

      test('what it had told is kept with its origin, and what other calls told is not', async () => {
        await scanOf(inventory.stores, 1, [told]);
        await scanOf(inventory.stores, 2, [untold]);
        const after = await entity(READER);
        expect(after?.properties).toEqual({ name: 'reader', resource_policy_hash: 'abc' });
        expect(after?.property_provenance.resource_policy_hash).toMatchObject({ api: POLICY, run_id: 'run-aws-1-1' });
        expect(after?.correlationKeys).toEqual([{ kind: 'email', value: 'a@example.com' }]);
      });

      test('nothing is written where the rest is as it was, then or when it answers again', async () => {
        const [whole, failing] = [
          { ...told, properties: { name: 'reader', resource_policy_hash: 'abc' } },
          { ...untold, correlation_keys: told.correlation_keys ?? [] },
        ];
        await scanOf(inventory.stores, 1, [whole]);
        const before = await inventory.entities();
        expect((await scanOf(inventory.stores, 2, [failing])).applied.wrote).toBe(false);
        expect((await scanOf(inventory.stores, 3, [whole])).applied.wrote).toBe(false);
        expect(await inventory.entities()).toEqual(before);
      });

      test('what is said all the same is believed, be it that there is none', async () => {
        await scanOf(inventory.stores, 1, [told]);
        const properties = { name: 'reader', resource_policy_hash: null };
        await scanOf(inventory.stores, 2, [{ ...untold, properties }]);
        expect((await entity(READER))?.properties).toEqual(properties);
      });

      test('and answers again, what it no longer tells goes', async () => {
        await scanOf(inventory.stores, 1, [told]);
        await scanOf(inventory.stores, 2, [untold]);
        await scanOf(inventory.stores, 3, [{ ...untold, failed_apis: [] }]);
        const after = await entity(READER);
        expect(after?.properties).toEqual({ name: 'reader' });
        expect(after?.correlationKeys).toEqual([]);
      });
    });

    test('and is seen again, is counted as unchanged and not written', async () => {
      const sees = [aNode(READER), anEdge(TRUSTED, READER)];
      await scanOf(inventory.stores, 1, sees);
      const before = [await inventory.entities(), await inventory.edges()];
      const { applied, removal } = await scanOf(inventory.stores, 2, sees);
      expect(applied).toEqual({
        counts: { added: 0, changed: 0, removed: 0, unchanged: 2 },
        wrote: false,
        observed: 2,
      });
      expect(removal.wrote).toBe(false);
      expect([await inventory.entities(), await inventory.edges()]).toEqual(before);
    });

    test('and has changed, names the new run for the changed property only', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER, { properties: { path: '/', max_session: 3_600 } })]);
      const { applied } = await scanOf(inventory.stores, 2, [
        aNode(READER, { properties: { path: '/', max_session: 7_200 } }),
      ]);
      expect(applied.counts).toMatchObject({ added: 0, changed: 1 });
      expect(await entity(READER)).toMatchObject({
        version: 2,
        properties: { max_session: 7_200 },
        property_provenance: { path: { run_id: 'run-aws-1-1' }, max_session: { run_id: 'run-aws-1-2' } },
      });
    });

    test('by two instances, belongs to both, and to the other when one sees it no more', async () => {
      const other = { instance_id: 'aws-2', workspace_id: 'payments' };
      await scanOf(inventory.stores, 1, [aNode(READER)]);
      await scanOf(inventory.stores, 1, [aNode(READER)], other);
      expect(await entity(READER)).toMatchObject({
        connector_owners: ['aws-1', 'aws-2'],
        workspace_ids: ['payments', 'platform'],
      });
      const { removal } = await scanOf(inventory.stores, 2, []);
      expect(removal).toMatchObject({ removed: 0, changed: 1, wrote: true });
      expect(await entity(READER)).toMatchObject({ connector_owners: ['aws-2'], workspace_ids: ['payments'] });
    });

    test('by an older run is not believed over what a newer one saw', async () => {
      await scanOf(inventory.stores, 2, [aNode(READER, { properties: { path: '/new/' } })]);
      const part = await beginPart(inventory.stores, aContext({ seq: 1 }));
      const late = await part.apply(ROLES, [aNode(READER, { properties: { path: '/old/' } })]);
      expect(late).toMatchObject({ wrote: false, counts: { unchanged: 1 } });
      expect((await entity(READER))?.properties).toEqual({ path: '/new/' });
    });

    test('stays with its tenant', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(TRUSTED, READER)]);
      const acme = { tenant_id: 'acme', run_id: 'run-acme' };
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(TRUSTED, READER)], acme);
      await scanOf(inventory.stores, 2, [], acme);
      const live = (await inventory.entities()).filter(({ retired_at }) => !retired_at);
      expect(live.map(({ tenant_id }) => tenant_id)).toEqual([TENANT, TENANT]);
    });
  });

  describe('a far end', () => {
    test('comes with the edge that names it, with its identifiers and no claims', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(TRUSTED, READER)]);
      expect(await entity(TRUSTED)).toMatchObject({
        entity_type: 'external_aws_account',
        display_name: TRUSTED.source_record_id,
        source_record_id: TRUSTED.source_record_id,
        claims: [],
        properties: {},
      });
    });

    test('that somebody then sees becomes that entity, and no trace of a duplicate remains', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(TRUSTED, READER)]);
      const account = anAccountRef(OTHER_ACCOUNT);
      const { applied } = await scanOf(inventory.stores, 1, [aNode(account)], { cell: 'aws_organizations:1' });
      expect(applied.counts.added).toBe(1);
      expect(await entity(TRUSTED)).toMatchObject({ entity_type: 'aws_account', connector_owners: ['aws-1'] });
      expect(await inventory.entities()).toHaveLength(2);
      const again = await scanOf(inventory.stores, 2, [aNode(READER), anEdge(TRUSTED, READER)]);
      expect(again.applied.wrote).toBe(false);
    });

    test('remains when the last claim goes but an edge still names it, of the type that the edge gives', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(TRUSTED, READER)]);
      const organization = { cell: 'aws_organizations:1' };
      await scanOf(inventory.stores, 1, [aNode(anAccountRef(OTHER_ACCOUNT))], organization);
      const { removal } = await scanOf(inventory.stores, 2, [], organization);
      expect(removal.removed).toBe(1);
      expect(await entity(TRUSTED)).toMatchObject({ entity_type: 'external_aws_account', claims: [], properties: {} });
      // Made, claimed, unclaimed: one write each. It was never retired on the way, for a stitch to see.
      expect((await entity(TRUSTED))?.version).toBe(3);
      expect(await entity(TRUSTED)).not.toHaveProperty('retired_at');
    });

    test('is retired with the last edge that names it, and comes back when it is named again', async () => {
      const [one, two] = [aRoleRef('one'), aRoleRef('two')];
      const nodes = [aNode(one), aNode(two)];
      await scanOf(inventory.stores, 1, [...nodes, anEdge(TRUSTED, one), anEdge(TRUSTED, two)]);
      await scanOf(inventory.stores, 2, [...nodes, anEdge(TRUSTED, two)]);
      expect(await entity(TRUSTED)).not.toHaveProperty('retired_at');
      await scanOf(inventory.stores, 3, nodes);
      expect(await entity(TRUSTED)).toHaveProperty('retired_at', momentOf(3));
      await scanOf(inventory.stores, 4, [...nodes, anEdge(TRUSTED, one)]);
      expect(await entity(TRUSTED)).not.toHaveProperty('retired_at');
    });

    test('that an edge leaves for another is retired, and the other one made', async () => {
      const [before, after] = [aRoleRef('before', OTHER_ACCOUNT), aRoleRef('after', OTHER_ACCOUNT)];
      const stated_by = {
        source_system_id: 'aws:1',
        source_record_id: READER.source_record_id,
        source_field_path: 'Role',
      };
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(READER, before, { stated_by })]);
      await scanOf(inventory.stores, 2, [aNode(READER), anEdge(READER, after, { stated_by })]);
      expect(await entity(before)).toHaveProperty('retired_at');
      expect(await entity(after)).toMatchObject({ claims: [] });
      expect(await edges()).toHaveLength(1);
    });

    test('bears the most specific type that any edge gives it, in whatever order they come', async () => {
      const near = anEdge(anAccountRef(OTHER_ACCOUNT), aRoleRef('near'));
      const far = anEdge(TRUSTED, aRoleRef('far'));
      await scan(inventory.stores, { looks: [{ sees: [far] }, { sees: [near] }] });
      expect((await entity(TRUSTED))?.entity_type).toBe('aws_account');
      await scanOf(inventory.stores, 2, [far]);
      expect((await entity(TRUSTED))?.entity_type).toBe('external_aws_account');
      await scanOf(inventory.stores, 3, [near]);
      expect((await entity(TRUSTED))?.entity_type).toBe('aws_account');
    });
  });

  describe('between two steps of one cell', () => {
    const elsewhere = { cell: 'aws_iam:333333333333' };
    const names = () => scanOf(inventory.stores, 1, [anEdge(TRUSTED, aRoleRef('elsewhere'))], elsewhere);

    test('an edge that appears while the far end that it names is being retired brings it back', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(TRUSTED, READER)]);
      await scanOf(interposed(inventory.stores, 'namings', names), 2, [aNode(READER)]);
      expect(await entity(TRUSTED)).toMatchObject({ claims: [] });
      expect(await entity(TRUSTED)).not.toHaveProperty('retired_at');
    });

    test('an edge that appears while the entity that it names loses its last claim makes it a far end', async () => {
      await scanOf(inventory.stores, 1, [aNode(TRUSTED)]);
      await scanOf(interposed(inventory.stores, 'namings', names), 2, []);
      expect(await entity(TRUSTED)).toMatchObject({ claims: [] });
      expect(await entity(TRUSTED)).not.toHaveProperty('retired_at');
    });

    test('an edge that goes while its far end is being made takes the far end with it', async () => {
      const nobody = aContext({ cell_id: 'retire-1' });
      const retire = () => retireUnplanned(inventory.stores, nobody, () => false);
      const part = await beginPart(interposed(inventory.stores, 'standing', retire), aContext());
      await part.apply(ROLES, [aNode(READER), anEdge(TRUSTED, READER)]);
      expect(await edges()).toEqual([]);
      expect(await entity(TRUSTED)).toHaveProperty('retired_at');
    });
  });

  describe('what is not seen again', () => {
    const gone = aRoleRef('gone');

    test('is retired with its last view, and added anew when it is back', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER), aNode(gone, { properties: { path: '/x/' } })]);
      const { removal } = await scanOf(inventory.stores, 2, [aNode(READER)]);
      expect(removal).toEqual({ held: false, would_remove: 1, holds: 2, removed: 1, changed: 0, wrote: true });
      expect(await entity(gone)).toMatchObject({ retired_at: momentOf(2), claims: [], properties: { path: '/x/' } });
      const { applied } = await scanOf(inventory.stores, 3, [
        aNode(READER),
        aNode(gone, { properties: { path: '/x/' } }),
      ]);
      expect(applied.counts).toMatchObject({ added: 1, unchanged: 1 });
      expect(await entity(gone)).not.toHaveProperty('retired_at');
    });

    test.each<CoverageRow['status']>(['skipped', 'denied', 'failed'])('stays when the task was %s', async (status) => {
      await scanOf(inventory.stores, 1, [aNode(READER)]);
      const before = await beliefs(inventory);
      const { removal } = await scan(inventory.stores, {
        context: { seq: 2 },
        looks: [{ sees: [] }],
        coverage: [{ ...ROLES, status }],
      });
      expect(removal).toMatchObject({ would_remove: 0, removed: 0, wrote: false });
      expect(await beliefs(inventory)).toEqual(before);
    });

    test('is removed by a complete task only for itself: another region keeps its own', async () => {
      const [ireland, frankfurt] = ['eu-west-1', 'eu-central-1'].map((region) => ({
        collector: 'lambda.functions',
        region,
      }));
      const looks = (sees: readonly Observation[]) => [
        { task: ireland ?? ROLES, sees },
        { task: frankfurt ?? ROLES, sees: [] },
      ];
      await scan(inventory.stores, { looks: looks([aNode(READER)]) });
      const { removal } = await scan(inventory.stores, {
        context: { seq: 2 },
        looks: looks([]),
        coverage: [{ ...(ireland ?? ROLES), status: 'denied' }, complete(frankfurt)],
      });
      expect(removal).toMatchObject({ removed: 0, holds: 1 });
      expect(await entity(READER)).not.toHaveProperty('retired_at');
    });

    test('is held back if it is more than half of the cell and over 20, until a person releases it', async () => {
      await scanOf(inventory.stores, 1, roles(42));
      const context = { seq: 2 };
      const { removal } = await scanOf(inventory.stores, 2, roles(20), context);
      expect(removal).toEqual({ held: true, would_remove: 22, holds: 42, removed: 0, changed: 0, wrote: false });
      expect((await inventory.entities()).filter(({ retired_at }) => retired_at)).toEqual([]);

      const released = await removeUnseen(inventory.stores, aContext(context), [complete()], { force: true });
      expect(released).toMatchObject({ held: false, removed: 22, wrote: true });
      expect((await inventory.entities()).filter(({ retired_at }) => retired_at)).toHaveLength(22);
    });

    test('is not held back up to 20, or up to half', async () => {
      await scanOf(inventory.stores, 1, roles(20));
      expect((await scanOf(inventory.stores, 2, [])).removal).toMatchObject({ held: false, removed: 20 });
      await scanOf(inventory.stores, 3, roles(42));
      expect((await scanOf(inventory.stores, 4, roles(21))).removal).toMatchObject({ held: false, removed: 21 });
    });

    test('is measured against what the cell held before: new things do not make a great loss small', async () => {
      await scanOf(inventory.stores, 1, roles(30));
      const others = Array.from({ length: 100 }, (_, index) => aNode(aRoleRef(`new-${index}`)));
      expect((await scanOf(inventory.stores, 2, others)).removal).toMatchObject({
        held: true,
        would_remove: 30,
        holds: 30,
      });
    });

    test('is not judged without a manifest: one that is lost never looks like an empty account', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER)]);
      const context = aContext({ seq: 2 });
      await beginPart(inventory.stores, context);
      await expect(removeUnseen(inventory.stores, context, [complete()])).rejects.toThrow('no manifest');
      expect(await entity(READER)).not.toHaveProperty('retired_at');
    });

    test('is forgotten in the end, with its activity', async () => {
      const last_used: Observation = { kind: 'activity', entity: gone, name: 'last_used', value: '2026-01-01' };
      await scanOf(inventory.stores, 1, [aNode(READER), aNode(gone), anEdge(READER, gone), last_used]);
      await scanOf(inventory.stores, 2, [aNode(READER)]);
      expect(await forget(inventory.stores, TENANT, momentOf(2))).toBe(0);
      expect(await forget(inventory.stores, TENANT, momentOf(3))).toBe(2);
      expect((await inventory.entities()).map(({ display_name }) => display_name)).toEqual(['reader']);
      expect(await inventory.activity()).toEqual([]);
    });
  });

  describe('a cell in several parts', () => {
    test('keeps what its earlier parts saw', async () => {
      const [one, two] = [aRoleRef('one'), aRoleRef('two')];
      await scanOf(inventory.stores, 1, [aNode(one), aNode(two)]);
      const first = aContext({ seq: 2, part: 0 });
      const second = aContext({ seq: 2, part: 1 });
      await (await beginPart(inventory.stores, first)).apply(ROLES, [aNode(one)]);
      await (await beginPart(inventory.stores, second)).apply(ROLES, [aNode(two)]);
      expect(await removeUnseen(inventory.stores, second, [complete()])).toMatchObject({ would_remove: 0, holds: 2 });
    });

    test('forgets what an earlier attempt at a part saw, when that part begins again', async () => {
      const [one, two] = [aRoleRef('one'), aRoleRef('two')];
      const part = (number: number) => aContext({ part: number });
      await (await beginPart(inventory.stores, part(0))).apply(ROLES, [aNode(one)]);
      await (await beginPart(inventory.stores, part(1))).apply(ROLES, [aNode(two)]);
      await (await beginPart(inventory.stores, part(1))).apply(ROLES, []);
      expect(await removeUnseen(inventory.stores, part(1), [complete()])).toMatchObject({ removed: 1 });
      expect(await entity(two)).toHaveProperty('retired_at');
      expect(await entity(one)).not.toHaveProperty('retired_at');
    });
  });

  describe('a worker that lost its fence', () => {
    test('writes nothing', async () => {
      let mine = true;
      const part = await beginPart(inventory.stores, aContext({ still_mine: () => mine }));
      mine = false;
      await expect(part.apply(ROLES, [aNode(READER)])).rejects.toBeInstanceOf(FenceLost);
      expect(await inventory.entities()).toEqual([]);
    });

    test('stops before the next write, in the middle of a group', async () => {
      const answers = [true, true, true, true];
      const context = aContext({ still_mine: () => answers.pop() ?? false });
      const part = await beginPart(inventory.stores, context);
      await expect(part.apply(ROLES, [aNode(READER), anEdge(TRUSTED, READER)])).rejects.toBeInstanceOf(FenceLost);
      expect(await inventory.entities()).toHaveLength(1);
      expect(await inventory.edges()).toEqual([]);
    });
  });

  describe('claims that no scope plans any more', () => {
    test('are dropped, while those of planned scopes stay', async () => {
      const lost = aRoleRef('lost', OTHER_ACCOUNT);
      await scanOf(inventory.stores, 1, [aNode(READER)]);
      await scanOf(inventory.stores, 1, [aNode(lost), anEdge(TRUSTED, lost)], { cell: `aws_iam:${OTHER_ACCOUNT}` });
      const context = aContext({ seq: 2, cell_id: 'retire-1' });
      const planned = (by: { readonly cell: string }) => by.cell === `aws_iam:${ACCOUNT}`;
      expect(await retireUnplanned(inventory.stores, context, planned)).toEqual({ removed: 2, changed: 0 });
      expect(await entity(lost)).toHaveProperty('retired_at');
      expect(await entity(TRUSTED)).toHaveProperty('retired_at');
      expect(await entity(READER)).not.toHaveProperty('retired_at');
      expect(await retireUnplanned(inventory.stores, context, planned)).toEqual({ removed: 0, changed: 0 });
    });

    test('are dropped of one region or collector alone', async () => {
      const elsewhere = { collector: ROLES.collector, region: 'eu-west-1' };
      await scan(inventory.stores, { looks: [{ sees: [aNode(READER)] }, { task: elsewhere, sees: [aNode(READER)] }] });
      const counts = await retireUnplanned(inventory.stores, aContext({ seq: 2 }), ({ region }) => region === 'global');
      expect(counts).toEqual({ removed: 0, changed: 1 });
      expect((await entity(READER))?.claims.map(({ by }) => by.region)).toEqual(['global']);
    });
  });

  describe('beside entities and edges', () => {
    const document = {
      Statement: [{ Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': ['$x'] } } }],
    };

    test('a policy document is stored once, word for word, whatever its keys', async () => {
      await scanOf(inventory.stores, 1, [aPolicyDocument(document), aPolicyDocument(document)]);
      await scanOf(inventory.stores, 2, [aPolicyDocument(document)]);
      expect((await inventory.policyDocuments()).map((kept) => kept.document)).toEqual([document]);
    });

    test('activity is kept apart: the last value, counted in nothing', async () => {
      const used = (value: string): Observation => ({ kind: 'activity', entity: READER, name: 'last_used', value });
      await scanOf(inventory.stores, 1, [aNode(READER), used('monday')]);
      const { applied } = await scanOf(inventory.stores, 2, [aNode(READER), used('tuesday')]);
      expect(applied).toMatchObject({ wrote: false, counts: { added: 0, changed: 0, unchanged: 1 } });
      const part = await beginPart(inventory.stores, aContext({ seq: 1 }));
      await part.apply(ROLES, [used('sunday')]);
      expect(await inventory.activity()).toMatchObject([
        { name: 'last_used', value: 'tuesday', run_id: 'run-aws-1-2' },
      ]);
    });

    test('notes of unsettled ends are gone once they are settled', async () => {
      await scanOf(inventory.stores, 1, [aNode(READER), anEdge(TRUSTED, READER)]);
      await scanOf(inventory.stores, 2, []);
      expect(await inventory.unsettled()).toEqual([]);
    });
  });

  describe('many cells at the same time', () => {
    test('that claim the same entities all have their claim in them', async () => {
      const cells = Array.from({ length: 8 }, (_, index) => `aws_iam:${index}`);
      const sees = [...roles(50), ...roles(50).map((_, index) => anEdge(TRUSTED, aRoleRef(`role-${index}`)))];
      const results = await Promise.all(cells.map((cell) => scanOf(inventory.stores, 1, sees, { cell })));
      const stored = (await inventory.entities()).filter(({ claims }) => claims.length > 0);
      expect(stored).toHaveLength(50);
      for (const { claims } of [...stored, ...(await inventory.edges())]) {
        expect(claims.map(({ by }) => by.cell)).toEqual(cells);
      }
      const added = results.reduce((sum, { applied }) => sum + applied.counts.added, 0);
      expect(added).toBe(100);
    });

    test('of which some drop what others name leave every named entity there', async () => {
      const account = anAccountRef(OTHER_ACCOUNT);
      const organization = { cell: 'aws_organizations:1' };
      await scanOf(inventory.stores, 1, [aNode(account)], organization);
      await Promise.all([
        scanOf(inventory.stores, 2, [], organization),
        ...Array.from({ length: 6 }, (_, index) =>
          scanOf(inventory.stores, 1, [anEdge(account, aRoleRef(`role-${index}`))], { cell: `aws_iam:${index}` }),
        ),
      ]);
      expect(await entity(account)).toMatchObject({ claims: [] });
      expect(await entity(account)).not.toHaveProperty('retired_at');
    });
  });
}
