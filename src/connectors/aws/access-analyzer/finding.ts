import type { FindingDetails, FindingSummary, FindingSummaryV2 } from '@aws-sdk/client-accessanalyzer';
import type { Json } from '../../../kernel/canonical.ts';
import type { Observation } from '../../../observations/observation.ts';
import { arnRef, belongsTo } from '../entity-ref.ts';
import { known, moment, required } from '../properties.ts';
import type { Reading } from '../reading.ts';
import type { AwsSession } from '../session.ts';
import { tagsOfMap } from '../tags.ts';

/** The calls that tell of findings: both listings need the one right, and so do both forms of the details. */
export const FINDINGS = 'access-analyzer:ListFindings';
export const DETAILS = 'access-analyzer:GetFinding';

/** Types of findings of which the list does not say what they are about: who, what, under which condition, which of two keys. */
const DETAILED: readonly (string | undefined)[] = [
  'InternalAccess',
  'UnusedPermission',
  'UnusedIAMUserAccessKey',
  'ExternalAccess',
];

/** Whether the list leaves out what a finding is about, so that it must be asked for. Of an unused role or password it says all. */
export const needsDetails = (finding: FindingSummaryV2): boolean => DETAILED.includes(finding.findingType);

/** What has to be known besides the finding. */
interface FoundBy {
  readonly session: Pick<AwsSession, 'account' | 'partition'>;
  /** ARN of the analyzer. */
  readonly analyzer: string;
}

/**
 * A finding of external access. The older listing is the one that says who may do what: the newer would take a call each.
 * https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingSummary.html
 */
export function* toExternalFinding(finding: FindingSummary, by: FoundBy): Generator<Observation, void, undefined> {
  yield* toNode({ ...finding, findingType: 'ExternalAccess' }, by, accessOf(finding));
}

/**
 * A finding of internal or unused access.
 * https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingSummaryV2.html
 */
export function* toFinding(
  finding: FindingSummaryV2,
  by: FoundBy,
  details: Reading<readonly FindingDetails[]>,
): Generator<Observation, void, undefined> {
  yield* toNode(finding, by, details.known && details.value ? aboutOf(details.value) : {});
}

/**
 * A finding has no ARN: it is named under its analyzer's. What it is about is told by ARN, not by an edge: none of ours
 * means "somebody may", which is for the evaluation of policies to say; this is a second opinion to hold against it.
 */
function* toNode(
  finding: FindingSummaryV2,
  { session, analyzer }: FoundBy,
  about: Readonly<Record<string, Json | undefined>>,
): Generator<Observation, void, undefined> {
  const id = required(finding.id, 'id');
  const ref = arnRef('aws_access_finding', `${analyzer}/finding/${id}`);
  const finding_type = required(finding.findingType, 'findingType');
  yield {
    kind: 'node',
    ...ref,
    display_name: `${finding_type} ${finding.resource ?? id}`,
    properties: known({
      finding_id: id,
      analyzer_arn: analyzer,
      finding_type,
      status: required(finding.status, 'status'),
      resource_arn: finding.resource ?? null,
      resource_type: finding.resourceType,
      resource_account_id: finding.resourceOwnerAccount,
      created_at: moment(finding.createdAt),
      analysis_error: finding.error ?? null,
      ...about,
    }),
    api: FINDINGS,
    property_apis: finding_type === 'ExternalAccess' ? {} : ofDetails(about),
  };
  yield belongsTo(ref, session, FINDINGS);
  yield {
    kind: 'activity',
    entity: ref,
    name: 'analysis',
    value: {
      updated_at: moment(finding.updatedAt) ?? null,
      last_analyzed_at: moment(finding.analyzedAt) ?? null,
    },
  };
}

const ofDetails = (about: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(about).map((name) => [name, DETAILS]));

type Access = Pick<
  FindingSummary,
  'principal' | 'action' | 'condition' | 'isPublic' | 'sources' | 'resourceControlPolicyRestriction'
>;

/** Who may do what, under which condition. */
const accessOf = (access: Partial<Access>): Readonly<Record<string, Json | undefined>> => ({
  principals: access.principal && tagsOfMap(access.principal),
  actions: [...(access.action ?? [])].sort(),
  conditions: tagsOfMap(access.condition),
  is_public: access.isPublic,
  // By which way the access is given: the resource's policy, its ACL, an access point.
  granted_by: (access.sources ?? []).map(({ type, detail }) => known({ type, arn: detail?.accessPointArn })),
  resource_control_policy: access.resourceControlPolicyRestriction,
});

/** What the parts of the details tell together: one part for access, one for each service that is unused. */
function aboutOf(details: readonly FindingDetails[]): Readonly<Record<string, Json | undefined>> {
  const [internal] = details.flatMap(({ internalAccessDetails }) => internalAccessDetails ?? []);
  const [external] = details.flatMap(({ externalAccessDetails }) => externalAccessDetails ?? []);
  const unused = details.flatMap(({ unusedPermissionDetails }) => unusedPermissionDetails ?? []);
  if (internal) {
    return {
      ...accessOf(internal),
      access_type: internal.accessType,
      principal_type: internal.principalType,
      principal_account_id: internal.principalOwnerAccount,
      service_control_policy: internal.serviceControlPolicyRestriction,
    };
  }
  if (external) return accessOf(external);
  const [key] = details.flatMap(({ unusedIamUserAccessKeyDetails }) => unusedIamUserAccessKeyDetails ?? []);
  if (key) return { access_key_id: required(key.accessKeyId, 'accessKeyId') };
  if (unused.length === 0) return {};
  return {
    // Without actions, nothing of the service is used.
    unused: unused
      .map(({ serviceNamespace, actions }) => ({
        service: required(serviceNamespace, 'serviceNamespace'),
        actions: actions ? actions.map(({ action }) => required(action, 'action')).sort() : null,
      }))
      .sort((a, b) => (a.service < b.service ? -1 : 1)),
  };
}
