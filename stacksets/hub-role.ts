import { hubTrust } from './hub-trust.ts';
import { part, ref, type TemplatePart } from './template.ts';

/** A role that the hub reads with, whatever it reads: trusted as `hubTrust` says, bounded by the template's `Boundary`, permitted this one policy. */
export const hubRole = (policy: unknown): TemplatePart => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: ref('RoleName'),
    Description: 'Read by the Throughline hub',
    MaxSessionDuration: 3600,
    PermissionsBoundary: ref('Boundary'),
    AssumeRolePolicyDocument: hubTrust(),
    Policies: [{ PolicyName: 'reads', PolicyDocument: part(policy) }],
  },
});
