import { DATA, OTHER_ORGANIZATION, WORKLOADS } from './names.ts';
import { arnsOf, bucketNames, type Placement } from './placement.ts';

/** A statement as IAM writes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string | readonly string[]>> | '*';
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The external ids that the two sides of one decoy disagree on: one was rotated, the other was not. */
export const EXTERNAL_IDS = { sent: 'mediapro-partner-2023', asked: 'mediapro-partner-2025' } as const;

/** A role in mp-data that looks as if the tagger could assume it. */
export interface Decoy {
  readonly id: string;
  readonly role: string;
  /** The table with personal data that the role may read. */
  readonly reads: string;
  readonly why: string;
  /** The role's trust policy. */
  readonly trust: readonly Statement[];
  /** What it adds to the policies of the tagger's role. */
  readonly identity: readonly Statement[];
  /** The external id that the tagger sends when it tries. */
  readonly external_id?: string;
}

/** The decoys, one wrong side each. */
export function decoys(placement: Placement): readonly Decoy[] {
  const arns = arnsOf(placement);
  const trusted = { AWS: arns.taggerRole };
  const trustTagger: Statement = { Effect: 'Allow', Principal: trusted, Action: 'sts:AssumeRole' };
  const allow = (Sid: string, role: string, Condition?: NonNullable<Statement['Condition']>): Statement => ({
    Sid,
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: arns.role('data', role),
    ...(Condition && { Condition }),
  });
  return [
    {
      id: 'trust-without-identity',
      role: 'mp-archive-reader',
      reads: DATA.archive,
      why: "The role trusts the tagger's role, but no policy of the tagger's role allows sts:AssumeRole on it.",
      trust: [trustTagger],
      identity: [],
    },
    {
      id: 'identity-without-trust',
      role: 'mp-archive-restorer',
      reads: DATA.archive,
      why: "The tagger's role may call sts:AssumeRole on it, but the role trusts only the backup service.",
      trust: [{ Effect: 'Allow', Principal: { Service: 'backup.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      identity: [allow('RestoreArchive', 'mp-archive-restorer')],
    },
    {
      id: 'deny-on-identity-side',
      role: 'mp-archive-quarantine',
      reads: DATA.archive,
      why: `Both sides allow it; the managed policy ${WORKLOADS.quarantinePolicy} on the tagger's role denies it.`,
      trust: [trustTagger],
      identity: [allow('ReadQuarantine', 'mp-archive-quarantine')],
    },
    {
      id: 'deny-on-trust-side',
      role: 'mp-archive-frozen',
      reads: DATA.archive,
      why: "The role trusts the whole account mp-workloads, and a second statement of its trust policy denies the tagger's role.",
      trust: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${placement.accounts.workloads}:root` },
          Action: 'sts:AssumeRole',
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'sts:AssumeRole',
          Condition: { ArnEquals: { 'aws:PrincipalArn': arns.taggerRole } },
        },
      ],
      identity: [allow('ReadFrozen', 'mp-archive-frozen')],
    },
    {
      id: 'other-organization',
      role: 'mp-archive-acquired',
      reads: DATA.archive,
      why: 'Both sides allow it, but the trust asks for a caller in another organization. Which organization an account is in is known.',
      trust: [{ ...trustTagger, Condition: { StringEquals: { 'aws:PrincipalOrgID': OTHER_ORGANIZATION } } }],
      identity: [allow('ReadAcquired', 'mp-archive-acquired')],
    },
    {
      id: 'other-tag',
      role: 'mp-archive-finance',
      reads: DATA.archive,
      why: "Both sides allow it, but the trust asks for a caller tagged team=finance; the tagger's role is tagged team=content.",
      trust: [{ ...trustTagger, Condition: { StringEquals: { 'aws:PrincipalTag/team': 'finance' } } }],
      identity: [allow('ReadFinance', 'mp-archive-finance')],
    },
    {
      // Whoever calls AssumeRole chooses sts:ExternalId, so nobody who only reads policies knows its value: by itself, a
      // trust that asks for one gives the verdict "conditional", and a path that says so. Here the other side settles it:
      // the tagger may send only the old id, the trust takes only the new one, no value satisfies both. The verdict is
      // "denied", and there is no path.
      id: 'wrong-external-id',
      role: 'mp-partner-export-reader',
      reads: DATA.partnerExports,
      why: `The trust asks for the external id ${EXTERNAL_IDS.asked}; the tagger's role may send only ${EXTERNAL_IDS.sent}.`,
      trust: [{ ...trustTagger, Condition: { StringEquals: { 'sts:ExternalId': EXTERNAL_IDS.asked } } }],
      identity: [
        allow('ReadPartnerExports', 'mp-partner-export-reader', {
          StringEquals: { 'sts:ExternalId': EXTERNAL_IDS.sent },
        }),
      ],
      external_id: EXTERNAL_IDS.sent,
    },
  ];
}

/** Resources with personal data that somebody on the real path holds half a permission for. */
export interface ResourceDecoy {
  readonly id: string;
  /** ARN. */
  readonly resource: string;
  readonly why: string;
}

/** The decoys that are not roles. */
export function resourceDecoys(placement: Placement): readonly ResourceDecoy[] {
  const arns = arnsOf(placement);
  return [
    {
      id: 'table-without-resource-policy',
      resource: arns.table(DATA.archive),
      why: "The tagger's role may query the table in mp-data by its ARN, but across accounts the table's own policy must allow it as well, and it has none.",
    },
    {
      id: 'bucket-policy-deny',
      resource: arns.bucket(bucketNames(placement).piiExports),
      why: `${DATA.reader} may read the bucket's objects, but the bucket's policy denies everybody except ${DATA.steward}.`,
    },
  ];
}
