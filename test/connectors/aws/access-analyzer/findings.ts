import type { FindingDetails, FindingSummary, FindingSummaryV2, FindingType } from '@aws-sdk/client-accessanalyzer';
import { ACCOUNT, REGION } from '../look.ts';

const TIMES = {
  createdAt: new Date('2026-01-01T00:00:00Z'),
  updatedAt: new Date('2026-02-02T00:00:00Z'),
  analyzedAt: new Date('2026-03-03T00:00:00Z'),
};

export const BUCKET = 'arn:aws:s3:::media';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/pipeline`;
export const ANALYZER = `arn:aws:access-analyzer:${REGION}:${ACCOUNT}:analyzer/x`;

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingSummary.html
export const anExternalFinding = (overrides: Partial<FindingSummary> = {}): FindingSummary => ({
  id: 'f-1',
  ...TIMES,
  status: 'ACTIVE',
  resource: BUCKET,
  resourceType: 'AWS::S3::Bucket',
  resourceOwnerAccount: ACCOUNT,
  principal: { AWS: '222222222222' },
  action: ['s3:PutObject', 's3:GetObject'],
  condition: { 'aws:SourceIp': '203.0.113.0/24' },
  isPublic: false,
  sources: [{ type: 'POLICY' }],
  resourceControlPolicyRestriction: 'NOT_APPLICABLE',
  ...overrides,
});

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingSummaryV2.html
export const unusedFinding = (findingType: FindingType, id: string): FindingSummaryV2 => ({
  id,
  ...TIMES,
  status: 'ACTIVE',
  resource: ROLE,
  resourceType: 'AWS::IAM::Role',
  resourceOwnerAccount: ACCOUNT,
  findingType,
});

export const anInternalFinding = (overrides: Partial<FindingSummaryV2> = {}): FindingSummaryV2 => ({
  ...unusedFinding('InternalAccess', 'i-1'),
  resource: BUCKET,
  resourceType: 'AWS::S3::Bucket',
  ...overrides,
});

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UnusedPermissionDetails.html
export const UNUSED_PART: FindingDetails = {
  unusedPermissionDetails: {
    serviceNamespace: 's3',
    lastAccessed: new Date('2025-01-01T00:00:00Z'),
    actions: [{ action: 'PutObject', lastAccessed: new Date('2025-01-01T00:00:00Z') }, { action: 'DeleteBucket' }],
  },
};

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_InternalAccessDetails.html
export const INTERNAL_DETAILS: FindingDetails = {
  internalAccessDetails: {
    principal: { AWS: ROLE },
    principalOwnerAccount: ACCOUNT,
    principalType: 'IAM_ROLE',
    accessType: 'INTRA_ACCOUNT',
    action: ['s3:GetObject'],
    condition: {},
    sources: [{ type: 'POLICY' }],
    resourceControlPolicyRestriction: 'NOT_APPLICABLE',
    serviceControlPolicyRestriction: 'APPLIED',
  },
};
