import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  KMSClient,
  ListAliasesCommand,
  ListGrantsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { grantOf } from '../../../../src/connectors/aws/secrets/key.ts';
import { keys } from '../../../../src/connectors/aws/secrets/keys.ts';
import { ACCOUNT, awsError, look, REGION } from '../look.ts';

const ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/k-1`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/worker`;
const LISTED = { Keys: [{ KeyId: 'k-1', KeyArn: ARN }], Truncated: false };
const METADATA: KeyMetadata = {
  KeyId: 'k-1',
  Arn: ARN,
  KeyManager: 'CUSTOMER',
  KeyState: 'Enabled',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeySpec: 'SYMMETRIC_DEFAULT',
  Origin: 'AWS_KMS',
  MultiRegion: false,
  CreationDate: new Date('2024-05-01T00:00:00Z'),
};

const kms = mockClient(KMSClient);
beforeEach(() => {
  kms.reset();
  kms.on(ListKeysCommand).resolves(LISTED);
  kms.on(ListAliasesCommand).resolves({ Aliases: [{ AliasName: 'alias/data', TargetKeyId: 'k-1' }] });
  kms.on(DescribeKeyCommand).resolves({ KeyMetadata: METADATA });
  kms.on(GetKeyPolicyCommand).resolves({ Policy: '{"Statement":[{"Effect":"Allow"}]}' });
  kms.on(ListGrantsCommand).resolves({ Grants: [], Truncated: false });
  kms.on(GetKeyRotationStatusCommand).resolves({ KeyRotationEnabled: true, RotationPeriodInDays: 365 });
  kms.on(ListResourceTagsCommand).resolves({ Tags: [{ TagKey: 'team', TagValue: 'data' }], Truncated: false });
});

describe('a customer’s key', () => {
  it('shows everything that is set on it, and which call told', async () => {
    const { nodes, edges, row } = await look(keys);
    expect(nodes[0]).toMatchObject({ entity_type: 'aws_kms_key', source_record_id: ARN, display_name: 'alias/data' });
    expect(nodes[0]?.properties).toEqual({
      arn: ARN,
      key_id: 'k-1',
      region: REGION,
      aliases: ['alias/data'],
      manager: 'CUSTOMER',
      state: 'Enabled',
      usage: 'ENCRYPT_DECRYPT',
      spec: 'SYMMETRIC_DEFAULT',
      origin: 'AWS_KMS',
      multi_region: false,
      primary_key: null,
      replica_keys: [],
      created_at: '2024-05-01T00:00:00.000Z',
      deletion_date: null,
      resource_policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      grants: [],
      grants_complete: true,
      rotation_enabled: true,
      rotation_days: 365,
      tags: [{ key: 'team', value: 'data' }],
    });
    expect(Object.keys(nodes[0]?.property_apis ?? {})).toEqual(expect.arrayContaining(['grants', 'spec', 'tags']));
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
    expect(row).toEqual({ collector: 'kms.keys', region: REGION, status: 'complete' });
  });

  it.each<[string, Partial<KeyMetadata>]>([
    ['asymmetric', { KeySpec: 'RSA_2048' }],
    ['with material of the customer’s own', { Origin: 'EXTERNAL' }],
  ])('that is %s never rotates, and is not asked', async (_, metadata) => {
    kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...METADATA, ...metadata } });
    const { nodes } = await look(keys);
    expect(nodes[0]?.properties).toMatchObject({ rotation_enabled: null, rotation_days: null });
    expect(kms.commandCalls(GetKeyRotationStatusCommand)).toEqual([]);
  });

  const refused = awsError('AccessDeniedException');
  it.each<[string, string, () => unknown]>([
    ['manager', 'kms:DescribeKey', () => kms.on(DescribeKeyCommand).rejects(refused)],
    ['resource_policy_hash', 'kms:GetKeyPolicy', () => kms.on(GetKeyPolicyCommand).rejects(refused)],
    ['grants', 'kms:ListGrants', () => kms.on(ListGrantsCommand).rejects(refused)],
    ['rotation_enabled', 'kms:GetKeyRotationStatus', () => kms.on(GetKeyRotationStatusCommand).rejects(refused)],
    ['tags', 'kms:ListResourceTags', () => kms.on(ListResourceTagsCommand).rejects(refused)],
  ])('whose policy keeps us from its %s is there without it, and %s is missing', async (property, action, refuse) => {
    refuse();
    const { nodes, gaps, row } = await look(keys);
    expect(nodes[0]?.properties).not.toHaveProperty(property);
    expect(gaps).toEqual([expect.objectContaining({ code: 'access_denied', action, item: ARN })]);
    expect(row.status).toBe('denied');
  });

  it('is there without its names where aliases may not be listed', async () => {
    kms.on(ListAliasesCommand).rejects(refused);
    const { nodes, gaps } = await look(keys);
    expect(nodes[0]).toMatchObject({ display_name: 'k-1' });
    expect(nodes[0]?.properties).not.toHaveProperty('aliases');
    expect(gaps).toEqual([expect.objectContaining({ action: 'kms:ListAliases' })]);
  });

  it('that is gone by now is absent', async () => {
    kms.on(DescribeKeyCommand).rejects(awsError('NotFoundException'));
    const { observations, row } = await look(keys);
    expect(observations).toEqual([]);
    expect(row.status).toBe('complete');
  });

  it('without an ARN is one gap, and its sibling goes on', async () => {
    kms.on(ListKeysCommand).resolves({ Keys: [{ KeyId: 'odd' }, ...LISTED.Keys] });
    const { nodes, gaps } = await look(keys);
    expect(nodes).toHaveLength(1);
    expect(gaps).toEqual([expect.objectContaining({ code: 'unreadable_item', item: 'odd' })]);
  });
});

describe('a key that AWS manages', () => {
  it('is a fact, and nothing is asked about it but what it is', async () => {
    kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { ...METADATA, KeyManager: 'AWS' } });
    const { nodes } = await look(keys);
    expect(nodes[0]?.properties).toMatchObject({ manager: 'AWS', aliases: ['alias/data'] });
    expect(nodes[0]?.properties).not.toHaveProperty('resource_policy_hash');
    expect(kms.calls()).toHaveLength(3);
  });

  it('is known by its alias where it may not be described', async () => {
    kms.on(ListAliasesCommand).resolves({ Aliases: [{ AliasName: 'alias/aws/s3', TargetKeyId: 'k-1' }] });
    kms.on(DescribeKeyCommand).rejects(awsError('AccessDeniedException'));
    await look(keys);
    expect(kms.commandCalls(GetKeyPolicyCommand)).toEqual([]);
  });
});

describe('a grant', () => {
  const GRANT = { GranteePrincipal: ROLE, IssuingAccount: ACCOUNT, Operations: ['Decrypt' as const] };
  const KEPT = {
    grantee: ROLE,
    retiring_principal: null,
    issuing_account: ACCOUNT,
    operations: ['Decrypt'],
    encryption_context_equals: [],
    encryption_context_subset: [],
    source_arn: null,
  };

  it.each([
    ['to a role', GRANT, KEPT],
    [
      'to a service',
      { ...GRANT, GranteePrincipal: undefined, GranteeServicePrincipal: 'x.amazonaws.com' },
      { ...KEPT, grantee: 'x.amazonaws.com' },
    ],
    [
      'in a context',
      { ...GRANT, Constraints: { EncryptionContextSubset: { tenant: 'acme' } } },
      { ...KEPT, encryption_context_subset: ['tenant'] },
    ],
    ['for a resource', { ...GRANT, Constraints: { SourceArn: 'arn' } }, { ...KEPT, source_arn: 'arn' }],
  ])('%s', (_, grant, kept) => {
    expect(grantOf(grant)).toEqual(kept);
  });

  it('that differs from another in its id only is kept once, over all pages', async () => {
    kms
      .on(ListGrantsCommand)
      .resolves({ Grants: [{ ...GRANT, GrantId: 'a' }], Truncated: true, NextMarker: 'm' })
      .on(ListGrantsCommand, { Marker: 'm' })
      .resolves({ Grants: [{ ...GRANT, GrantId: 'b' }], Truncated: false });
    expect((await look(keys)).nodes[0]?.properties).toMatchObject({ grants: [KEPT], grants_complete: true });
  });

  it('is not sought without end: a key with very many says that there are more', async () => {
    const Grants = Array.from({ length: 501 }, (_, n) => ({ ...GRANT, GranteePrincipal: `${ROLE}-${n}` }));
    kms.on(ListGrantsCommand).resolves({ Grants, Truncated: true, NextMarker: 'm' });
    const [node] = (await look(keys)).nodes;
    expect(node?.properties).toMatchObject({ grants: { length: 500 }, grants_complete: false });
    expect(kms.commandCalls(ListGrantsCommand)).toHaveLength(1);
  });
});

describe('the listing of keys', () => {
  it('goes on page by page, and lists aliases once', async () => {
    kms
      .on(ListKeysCommand)
      .resolves({ ...LISTED, Truncated: true, NextMarker: 'two' })
      .on(ListKeysCommand, { Marker: 'two' })
      .resolves({ Keys: [{ KeyId: 'k-2', KeyArn: `${ARN}2` }], Truncated: false });
    const { nodes, cursors } = await look(keys);
    expect(nodes).toHaveLength(2);
    expect(cursors).toEqual(['two']);
    expect(kms.commandCalls(ListAliasesCommand)).toHaveLength(1);
    expect((await look(keys, 'two')).nodes).toHaveLength(1);
  });

  it('that says that there is more, but not where, is malformed: neither the last page nor an endless one', async () => {
    kms.on(ListKeysCommand).resolves({ ...LISTED, Truncated: true });
    expect((await look(keys)).row).toMatchObject({ status: 'failed', code: 'source_unreachable' });
    expect(kms.commandCalls(ListKeysCommand)).toHaveLength(1);
  });

  it('of aliases that says so is malformed, too', async () => {
    kms.on(ListAliasesCommand).resolves({ Aliases: [], Truncated: true });
    const { nodes, gaps } = await look(keys);
    expect(nodes[0]?.properties).not.toHaveProperty('aliases');
    expect(gaps).toEqual([expect.objectContaining({ action: 'kms:ListAliases' })]);
  });

  it('without its list is malformed', async () => {
    kms.on(ListKeysCommand).resolves({});
    expect((await look(keys)).row).toMatchObject({ status: 'failed' });
  });
});
