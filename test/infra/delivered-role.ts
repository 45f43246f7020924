import * as z from 'zod';

/** A template, or a module by file, as parsed from what is delivered. */
type Delivery = Readonly<Record<string, unknown>>;

/** What the parameters of a delivery are given. */
export type Given = Readonly<Record<string, string>>;

/** A role as AWS gets to see it, however it is delivered. */
export interface DeliveredRole {
  readonly name: unknown;
  readonly description: unknown;
  readonly session_seconds: unknown;
  readonly trust: unknown;
  readonly boundary: unknown;
  /** The policy in the role itself. */
  readonly inline: unknown;
  /** Further policies, in their order. */
  readonly managed: readonly unknown[];
}

const Resources = z.record(
  z.string(),
  z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) }),
);
const InlinePolicies = z.tuple([z.looseObject({ PolicyDocument: z.unknown() })]);

/** The resources of a template as CloudFormation would make them, its parameters filled in. */
export function resourcesOf(template: Delivery, given: Given): z.infer<typeof Resources> {
  const values: Given = { 'AWS::Partition': 'aws', ...defaultsOf(template.Parameters), ...given };
  const filled: unknown = JSON.parse(JSON.stringify(template.Resources), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('Ref' in value) return values[String(value.Ref)] ?? value;
    if ('Fn::If' in value) {
      const [condition, yes, no] = z
        .tuple([z.literal('HubIsInAnOrganization'), z.unknown(), z.unknown()])
        .parse(value['Fn::If']);
      return condition && values.OrganizationId === 'none' ? no : yes;
    }
    if (!('Fn::Sub' in value)) return value;
    return filledText(String(value['Fn::Sub']), values);
  });
  return Resources.parse(filled);
}

/** The role that a template makes. */
export function roleOfTemplate(template: Delivery, given: Given): DeliveredRole {
  const resources = resourcesOf(template, given);
  const role = resources.Role?.Properties ?? {};
  const [inline] = InlinePolicies.parse(role.Policies);
  return {
    name: role.RoleName,
    description: role.Description,
    session_seconds: role.MaxSessionDuration,
    trust: role.AssumeRolePolicyDocument,
    boundary: resources.Boundary?.Properties.PolicyDocument,
    inline: inline.PolicyDocument,
    managed: Object.entries(resources).flatMap(([name, { Properties }]) =>
      name.startsWith('Reads') ? [Properties.PolicyDocument] : [],
    ),
  };
}

/** What stands for a parameter in the module. Written again here, so that a mix-up there is seen. */
const EXPRESSIONS: Given = {
  'data.aws_partition.this.partition': 'AWS::Partition',
  'var.hub_account_id': 'HubAccountId',
  'var.collector_role_name': 'CollectorRoleName',
  'var.external_id': 'ExternalId',
  'var.organization_id': 'OrganizationId',
};

const Main = z.looseObject({
  locals: z.record(z.string(), z.unknown()),
  resource: z.looseObject({
    aws_iam_policy: z.record(z.string(), z.looseObject({ name: z.string(), policy: z.string() })),
    aws_iam_role: z.object({
      spoke: z.looseObject({
        name: z.string(),
        description: z.string(),
        max_session_duration: z.number(),
        assume_role_policy: z.string(),
        permissions_boundary: z.literal(`\${aws_iam_policy.boundary.arn}`),
      }),
    }),
    aws_iam_role_policy: z.object({ reads: z.looseObject({ policy: z.string() }) }),
    aws_iam_role_policy_attachment: z.record(z.string(), z.unknown()).default({}),
  }),
});

/** The role that a Terraform module makes: what Terraform would work out, as far as ours needs it. */
export function roleOfModule(module: Delivery, given: Given): DeliveredRole {
  const values: Given = { 'AWS::Partition': 'aws', ...given };
  const named = new Map(Object.entries(EXPRESSIONS).map(([name, parameter]) => [name, values[parameter] ?? '']));
  const filled: unknown = JSON.parse(JSON.stringify(module['main.tf.json']), (_key, value: unknown) =>
    typeof value === 'string'
      ? value.replaceAll(/\$\{([\w.]+)\}/g, (whole, name: string) => named.get(name) ?? whole)
      : value,
  );
  const { locals, resource } = Main.parse(filled);
  const { spoke } = resource.aws_iam_role;
  const encoded = (text: string): unknown => {
    const [, name] = /^\$\{jsonencode\(local\.(\w+)\)\}$/.exec(text) ?? [];
    if (name === undefined || !(name in locals)) throw new Error(`${text} is no document of the module`);
    return locals[name];
  };
  const choice =
    /^\$\{var\.organization_id == "none" \? (jsonencode\(local\.\w+\)) : (jsonencode\(local\.\w+\))\}$/.exec(
      spoke.assume_role_policy,
    );
  const [, without = '', within = ''] = choice ?? [];
  return {
    name: given.RoleName ?? defaultsOfModule(module)[spoke.name],
    description: spoke.description,
    session_seconds: spoke.max_session_duration,
    trust: encoded(`\${${values.OrganizationId === 'none' ? without : within}}`),
    boundary: encoded(resource.aws_iam_policy.boundary?.policy ?? ''),
    inline: encoded(resource.aws_iam_role_policy.reads.policy),
    managed: Object.keys(resource.aws_iam_role_policy_attachment).map((name) =>
      encoded(resource.aws_iam_policy[name]?.policy ?? ''),
    ),
  };
}

const Defaults = z.record(z.string(), z.looseObject({ Default: z.string().optional() }));
const Variables = z.looseObject({
  variable: z.record(z.string(), z.looseObject({ default: z.string().optional() })),
});

const defaultsOf = (parameters: unknown): Given =>
  Object.fromEntries(
    Object.entries(Defaults.parse(parameters)).flatMap(([name, { Default }]) => (Default ? [[name, Default]] : [])),
  );

/** By the expression that stands for the variable. */
const defaultsOfModule = (module: Delivery): Given =>
  Object.fromEntries(
    Object.entries(Variables.parse(module['variables.tf.json']).variable).flatMap(([name, variable]) =>
      variable.default ? [[`\${var.${name}}`, variable.default]] : [],
    ),
  );

const filledText = (text: string, values: Given): string =>
  text.replaceAll(/\$\{([\w:]+)\}/g, (whole, name: string) => values[name] ?? whole);
