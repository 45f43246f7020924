import { describe, expect, it } from 'vitest';
import { toExternalFinding, toFinding } from '../../../../src/connectors/aws/access-analyzer/finding.ts';
import { sorted } from '../../observed.ts';
import { ACCOUNT, HOME } from '../look.ts';
import {
  ANALYZER,
  anExternalFinding,
  anInternalFinding,
  BUCKET,
  INTERNAL_DETAILS,
  ROLE,
  UNUSED_PART,
  unusedFinding,
} from './findings.ts';

const BY = { session: HOME, analyzer: ANALYZER };
const external = (overrides = {}) => sorted(toExternalFinding(anExternalFinding(overrides), BY));

describe('a finding of external access', () => {
  it('says who may do what to which resource, under which condition', () => {
    const { nodes, edges } = external();
    expect(nodes[0]?.properties).toEqual({
      finding_id: 'f-1',
      analyzer_arn: ANALYZER,
      finding_type: 'ExternalAccess',
      status: 'ACTIVE',
      resource_arn: BUCKET,
      resource_type: 'AWS::S3::Bucket',
      resource_account_id: ACCOUNT,
      created_at: '2026-01-01T00:00:00.000Z',
      analysis_error: null,
      principals: [{ key: 'AWS', value: '222222222222' }],
      actions: ['s3:GetObject', 's3:PutObject'],
      conditions: [{ key: 'aws:SourceIp', value: '203.0.113.0/24' }],
      is_public: false,
      granted_by: [{ type: 'POLICY' }],
      resource_control_policy: 'NOT_APPLICABLE',
    });
    expect(edges.map(({ edge_type }) => edge_type)).toEqual(['BELONGS_TO']);
  });

  it('that was looked at again is the same finding: the times are activity', () => {
    const later = external({ updatedAt: new Date('2026-09-09'), analyzedAt: new Date('2026-09-10') });
    expect(later.nodes).toEqual(external().nodes);
    expect(later.observations).toContainEqual(
      expect.objectContaining({
        kind: 'activity',
        value: { updated_at: '2026-09-09T00:00:00.000Z', last_analyzed_at: '2026-09-10T00:00:00.000Z' },
      }),
    );
  });

  it.each([
    ['that is public says so', { isPublic: true, principal: { AWS: '*' } }, { is_public: true }],
    ['whose analysis failed says why', { error: 'ACCESS_DENIED' }, { analysis_error: 'ACCESS_DENIED' }],
    ['without a resource', { resource: undefined }, { resource_arn: null }],
    [
      'by an access point names it',
      { sources: [{ type: 'S3_ACCESS_POINT', detail: { accessPointArn: 'arn:aws:s3:eu-west-1:1:accesspoint/a' } }] },
      { granted_by: [{ type: 'S3_ACCESS_POINT', arn: 'arn:aws:s3:eu-west-1:1:accesspoint/a' }] },
    ],
  ])('%s', (_, overrides, expected) => {
    expect(external(overrides).nodes[0]?.properties).toMatchObject(expected);
  });

  it.each(['id', 'status'])('without its %s is unreadable', (field) => {
    expect(() => external({ [field]: undefined })).toThrow(`the item has no ${field}`);
  });
});

describe('a finding of internal access', () => {
  it('says which principal of ours reaches the resource, and what restricts it', () => {
    const details = { known: true, value: [INTERNAL_DETAILS] } as const;
    const { nodes } = sorted(toFinding(anInternalFinding(), BY, details));
    expect(nodes[0]?.properties).toMatchObject({
      finding_type: 'InternalAccess',
      principals: [{ key: 'AWS', value: ROLE }],
      principal_type: 'IAM_ROLE',
      principal_account_id: ACCOUNT,
      access_type: 'INTRA_ACCOUNT',
      service_control_policy: 'APPLIED',
    });
    expect(nodes[0]?.property_apis).toMatchObject({ principals: 'access-analyzer:GetFinding' });
  });
});

describe('a finding of unused access', () => {
  it('says which actions are unused, and not when they were last used', () => {
    const finding = unusedFinding('UnusedPermission', 'p');
    const { nodes, observations } = sorted(toFinding(finding, BY, { known: true, value: [UNUSED_PART] }));
    expect(nodes[0]?.properties.unused).toEqual([{ service: 's3', actions: ['DeleteBucket', 'PutObject'] }]);
    expect(JSON.stringify(observations)).not.toContain('2025-01-01');
  });

  it('says which of the keys of a user it is', () => {
    const finding = { ...unusedFinding('UnusedIAMUserAccessKey', 'k'), resourceType: 'AWS::IAM::User' } as const;
    const unusedIamUserAccessKeyDetails = { accessKeyId: 'AKIAEXAMPLE', lastAccessed: new Date('2025-01-01') };
    const { nodes } = sorted(toFinding(finding, BY, { known: true, value: [{ unusedIamUserAccessKeyDetails }] }));
    expect(nodes[0]?.properties).toMatchObject({ access_key_id: 'AKIAEXAMPLE' });
    expect(nodes[0]?.properties).not.toHaveProperty('unused');
  });
});
