import { hubTrust } from './hub-trust.ts';
import { filledIn, part, ref, type TemplatePart } from './template.ts';

/** What is the same for every role that the hub reads with, however it is delivered. */
export const HUB_ROLE = {
  description: 'Read by the Throughline hub',
  /** Roles that are assumed from a function's own role get no longer session. */
  session_seconds: 3_600,
  /** Name of the policy in the role itself. */
  policy: 'reads',
} as const;

/** A role that the hub reads with, whatever it reads: trusted as `hubTrust` says, bounded by the template's `Boundary`, permitted this one policy. */
export const hubRole = (policy: unknown): TemplatePart => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: ref('RoleName'),
    Description: HUB_ROLE.description,
    MaxSessionDuration: HUB_ROLE.session_seconds,
    PermissionsBoundary: ref('Boundary'),
    AssumeRolePolicyDocument: {
      'Fn::If': ['HubIsInAnOrganization', filledIn(hubTrust(true)), filledIn(hubTrust(false))],
    },
    Policies: [{ PolicyName: HUB_ROLE.policy, PolicyDocument: part(policy) }],
  },
});
