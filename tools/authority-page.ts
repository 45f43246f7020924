import { ACCESS_LEVELS, accessTable, hasAccessLevels } from '../src/graph/access-levels.ts';
import type { AskedOf, Technique } from '../src/graph/technique.ts';
import { TECHNIQUES } from '../src/graph/techniques.ts';
import { ENTITY_TYPES, isEntityType } from '../src/observations/entity-types.ts';

/** What an action is asked of, in words. */
function words(of: AskedOf): string {
  switch (of) {
    case 'target':
      return '';
    case 'trusting_target':
      return ' not denied';
    case 'roles_of_target':
      return ' on each role that it runs as';
    case 'group_of_self':
      return ' on a group of its own';
    case 'policy_of_self':
      return ' on a policy of its own';
    case '*':
      return '';
    default:
      if (of.startsWith('self')) return ' on itself';
      return of.startsWith('existing ') ? ` on \`${of.slice('existing '.length)}\`` : ' on a name of its choice';
  }
}

const needsOf = ({ needs, service, controls }: Technique): string => {
  const actions = [...new Set(needs.map(({ action, of }) => `\`${action}\`${words(of)}`))];
  const trust = service !== undefined && controls.includes('aws_iam_role') ? [`trusted: \`${service}\``] : [];
  return [...actions, ...trust].join(', ');
};

const row = (technique: Technique): string => {
  const { id, title, reference, controls } = technique;
  const controlled = controls.map((type) => `\`${type}\``).join(', ');
  const cases = `../test/cases/techniques/${id}.json`;
  return `| [\`${id}\`](${reference}) | ${title} | ${controlled} | ${needsOf(technique)} | [cases](${cases}) |`;
};

const levelRows = (): readonly string[] =>
  Object.keys(ENTITY_TYPES)
    .filter(isEntityType)
    .filter(hasAccessLevels)
    .sort()
    .map((type) => {
      const { levels } = accessTable(type);
      const cells = ACCESS_LEVELS.map((level) =>
        levels
          .filter((one) => one.level === level)
          .flatMap(({ actions }) => actions.map((action) => `\`${action.slice(action.indexOf(':') + 1)}\``))
          .join(' '),
      );
      return `| \`${type}\` | ${cells.join(' | ')} |`;
    });

/** The page on authority: what the graph derives from policies, with the tables that it does so by. */
export function authorityPage(): string {
  return `# Who can do what

<!-- Generated from \`src/graph/techniques.ts\` and \`src/graph/access-levels.ts\` by \`npm run generate:authority\`; the text is in \`tools/authority-page.ts\`. -->

\`src/graph/\` derives edges from what was seen, by asking the [policy engine](policy.md). None of them is stored; paths, queries and differences are made of them.

| Edge | Says | Found by |
| --- | --- | --- |
| \`CAN_ASSUME\` | a role, user or federated subject can become a role | \`sts:AssumeRole\`, or \`sts:AssumeRoleWithWebIdentity\` for a subject, whose \`sub\` is known; \`aud\` stays a condition |
| \`CAN_CONTROL\` | an identity commands a workload, a role or a user of its account, and so gains its identity | the techniques below: all of the actions |
| \`CAN_ACCESS\` | an identity can use a resource, with an access level | the actions below: one of them; or a source other than AWS says so, of the identity or of a group or role that it is in |
| \`CAN_ACCESS\` to an account, \`Admin\` | an administrator, or one who can make itself one | everything is allowed: see below |

## What has a say
| Policy | Of | Where it could not be read |
| --- | --- | --- |
| identity policies, boundary | the identity and its groups | open |
| SCPs | the identity's account: every level from the organization down; not the management account, nor service-linked roles | open |
| RCPs | the resource's account, likewise | open |
| trust policy, resource policy | the role, the resource | open |
| key policy and grants | the customer's key that a bucket, secret, parameter, queue or topic is encrypted with, named by ARN, id or alias | open |
| Block Public Access | the bucket, or its account | open |

*Open* is judged twice, as if the unknown allowed everything and as if it denied everything. Where the two agree the unknown does not matter; where they differ the edge is \`undetermined\`: it gives no path and is listed. An account of which nobody saw that it is in an organization is judged without SCPs and RCPs: they only take away, so that what is said of it is an upper bound. Requests are taken to be made directly, with TLS, in the region of the resource.

Stated edges along which nothing happens are kept and not followed (\`active.ts\`): triggers that are switched off, and the execution role of an ECS task, which the agent uses and not the code.

## Administrators
An identity is an administrator of its account if one of its policies allows every action on everything, and if a list of probes (\`administrators.ts\`: an action that no service has, IAM's, and one or two for each kind of thing that paths lead to, each on a name that nobody uses) is allowed as well, by its boundary, the SCPs and its own Denies. One edge to the account then stands for everything that it can become, command and use there; it is expanded when somebody asks. A Deny that names single things leaves it an administrator; one that takes away a whole kind does not, and it is judged thing by thing. A condition on the statement is the edge's condition. Who may write its own policies is an administrator too, by a technique, as far as its boundary and the SCPs would let that count.

## Techniques
An edge has the technique that proves most, the first in the table among equals. All actions on things of the same kind are asked of one and the same thing: what one may make has to be what one may start. \`iam:PassedToService\` is known, \`iam:AssociatedResourceArn\` where the thing exists, and a passed role has to trust the service. Only what is in the identity's own account is considered.

| Technique | What it does | Controls | Needs | |
| --- | --- | --- | --- | --- |
${TECHNIQUES.map(row).join('\n')}

## Access levels
Whoever may do one of the actions has the level. Objects of a bucket and indexes of a table are asked for as well where policies single them out.

| Type | ${ACCESS_LEVELS.join(' | ')} |
| --- | --- | --- | --- | --- |
${levelRows().join('\n')}

## What is not modelled
- \`lambda:InvokeFunction\` alone: who invokes a function gets its answer, not its identity. What calls what is \`INVOKES\`, as sources state it.
- Commands across accounts, by the policy of a function or a layer that another account shares.
- \`ssm:SendCommand\`: instances are not scanned.
- Whether something that a technique needs exists beside what is named: an image, a subnet, a quota.
`;
}
