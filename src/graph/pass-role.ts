import { parseArn } from '../kernel/arn.ts';
import { requestContext } from '../policy/index.ts';
import type { Candidate } from './can-control.ts';
import type { GraphEntity } from './documents.ts';
import { type Derivation, derivationOf } from './grant.ts';
import type { GraphIndex } from './graph.ts';
import { judge, STAND_INS } from './judge.ts';
import { allOf, permitted } from './permitted.ts';
import { tagsOf } from './properties.ts';
import { knowing } from './request-context.ts';
import { trustingRole } from './trusting-role.ts';

/** A role that is passed to a service; or, where `target` is given, every role that this workload runs as. */
interface Passing {
  readonly service: string | undefined;
  readonly role?: GraphEntity;
  readonly target?: GraphEntity;
}

/**
 * Whether an identity may pass a role to a service, or all roles of a workload; undefined where it may not, or where the workload
 * has none.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
export function passing(
  graph: GraphIndex,
  candidate: Candidate,
  { service, role, target }: Passing,
): Derivation | undefined {
  const roles = role ? [role] : target ? rolesOf(graph, target) : [];
  if (roles.length === 0) return undefined;
  const { identity, home } = candidate;
  const context = knowing(identity.context, {
    ...(service === undefined ? {} : { 'iam:PassedToService': service }),
    ...(target ? { 'iam:AssociatedResourceArn': target.source_record_id } : {}),
  });
  return allOf(
    roles.map((one) =>
      permitted(identity, {
        action: 'iam:PassRole',
        resource: { arn: one.source_record_id, ...home, tags: tagsOf(one) },
        context,
      }),
    ),
  );
}

const rolesOf = (graph: GraphIndex, workload: GraphEntity): readonly GraphEntity[] =>
  graph.edgesFrom(workload._id, 'RUNS_AS').flatMap(({ to }) => graph.entity(to.id) ?? []);

/** Answers whether a role lets a service become it, for something in its own account. Each pair is asked once. */
export function serviceTrust(graph: GraphIndex): (role: GraphEntity, service: string) => Derivation | undefined {
  const known = new Map<string, { readonly answer: Derivation | undefined }>();
  return (role, service) => {
    const key = `${service} ${role._id}`;
    const asked = known.get(key) ?? { answer: trust(graph, role, service) };
    known.set(key, asked);
    return asked.answer;
  };
}

function trust(graph: GraphIndex, role: GraphEntity, service: string): Derivation | undefined {
  const trusting = trustingRole(graph, role);
  if (!trusting || !parseArn(role.source_record_id)) return undefined;
  const { resource, account, attached } = trusting;
  const context = requestContext({
    'aws:SecureTransport': true,
    'aws:SourceAccount': account,
    ...(resource.organization ? { 'aws:SourceOrgID': resource.organization } : {}),
  });
  const request = { principal: { arn: service, account: null }, action: 'sts:AssumeRole', resource, context };
  const verdict = judge((assumption) => ({ request, policies: trusting.set(assumption) }));
  return derivationOf(verdict, attached);
}

/**
 * What the policies around an identity say of becoming a role that has come to trust it: inside an account the trust suffices, but
 * Denies and control policies count.
 */
export function onceTrusted(graph: GraphIndex, { identity }: Candidate, role: GraphEntity): Derivation | undefined {
  const trusting = trustingRole(graph, role);
  if (!trusting) return undefined;
  const { principal, context } = identity;
  const request = { principal, action: 'sts:AssumeRole', resource: trusting.resource, context };
  const verdict = judge((assumption) => ({
    request,
    policies: { ...identity.set(assumption), ...trusting.set(assumption), resource: STAND_INS.best.trust },
  }));
  return derivationOf(verdict, identity.attached);
}
