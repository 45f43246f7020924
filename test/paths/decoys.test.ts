import { describe, expect, test } from 'vitest';
import { decoys } from '../../labs/mediapro/decoys.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { findPaths } from '../../src/paths/find-paths.ts';
import {
  aFunction,
  allow,
  anAttachedPolicy,
  anOrganization,
  aRole,
  aTable,
  DATA,
  graphOf,
  ORGANIZATION,
  policy,
  roleArn,
  tableArn,
  WORKLOADS,
} from '../graph/estate.ts';
import { mediaPro, TAGGER_ROLE } from './mediapro.ts';

describe('decoys', () => {
  const lab = decoys({
    region: 'eu-west-1',
    organization_id: ORGANIZATION,
    accounts: { security: '111111111111', workloads: WORKLOADS, data: DATA },
  });
  const statements = (list: unknown): Json => JSON.parse(JSON.stringify(list));
  const quarantine = anAttachedPolicy(
    TAGGER_ROLE,
    `arn:aws:iam::${WORKLOADS}:policy/mp-no-quarantine`,
    policy({ Effect: 'Deny', Action: 'sts:AssumeRole', Resource: roleArn(DATA, 'mp-archive-quarantine') }),
  );

  test.each(lab.map((decoy) => [decoy.id, decoy] as const))('%s gives no path', (_, decoy) => {
    const identity = decoy.identity.length > 0 ? { own: { Statement: statements(decoy.identity) } } : {};
    const graph = graphOf(
      anOrganization(WORKLOADS, DATA),
      aFunction({ name: 'mp-content-tagger', role: TAGGER_ROLE }),
      aRole({
        name: 'mp-content-tagger-role',
        policies: identity,
        properties: { tags: [{ key: 'team', value: 'content' }] },
      }),
      quarantine,
      aRole({
        name: decoy.role,
        account: DATA,
        trust: { Statement: statements(decoy.trust) },
        policies: { read: policy(allow('dynamodb:GetItem', tableArn(DATA, decoy.reads))) },
      }),
      aTable({ name: decoy.reads }),
    );
    expect(findPaths(graph)).toMatchObject({
      paths: [],
      undetermined: { can_assume: 0, can_control: 0, can_access: 0 },
    });
  });

  test('a table that is not sensitive, or not known to be, ends no path', () => {
    const open = (tags: Readonly<Record<string, string>>) =>
      findPaths(graphOf(...mediaPro({ table: aTable({ name: 'mp-pii-customers', tags }) })));
    expect(open({ 'data-classification': 'Public' }).paths).toEqual([]);
    expect(open({ team: 'content' }).paths).toEqual([]);
    expect(open({ 'Data-Classification': 'internal' }).paths).toHaveLength(1);
    const unread = findPaths(
      graphOf(...mediaPro({ table: aTable({ name: 'mp-pii-customers', properties: { tags: undefined } }) })),
    );
    expect(unread).toMatchObject({ paths: [], unclassified_resources: 1 });
  });
});
