import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { HubStack } from '../../lib/hub-stack.ts';
import { exampleConfig, type Overrides } from './example.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')));

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  Metadata: z.object({ 'aws:cdk:path': z.string().default('') }).prefault({}),
});

const Statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string().transform((action) => [action]), z.array(z.string())]),
  Resource: z.unknown().transform((resource) => (Array.isArray(resource) ? resource : [resource])),
  Condition: z.unknown().optional(),
});

const Policy = z.object({
  PolicyDocument: z.object({ Statement: z.array(Statement) }),
  Roles: z.array(z.object({ Ref: z.string() })),
});

/** A resource of the template, by what a reader knows it by. */
export interface HubResource {
  readonly id: string;
  /** Its path under the stack: `Collecting/CollectAws/Function/Resource`. */
  readonly path: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string | undefined;
}

/** The hub's app, with the context of cdk.json. Bundles are left out: they have a test of their own. */
export function hubApp(
  overrides: Overrides = {},
  props: AppProps = {},
): { readonly app: App; readonly stack: HubStack } {
  const config = exampleConfig(overrides);
  const app = new App({
    analyticsReporting: false,
    // It takes seconds to start, and has a test of its own.
    builtinCloudFormationValidation: false,
    ...props,
    context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:enable-path-metadata': true },
  });
  const env = { account: config.account, region: config.region };
  return { app, stack: new HubStack(app, config.name, { config, env }) };
}

/** The hub's template, to be asked. */
export class HubTemplate {
  readonly template: Template;
  private readonly all: readonly HubResource[];

  constructor(overrides: Overrides = {}) {
    this.template = Template.fromStack(hubApp(overrides).stack);
    const { Resources } = z.object({ Resources: z.record(z.string(), Resource) }).parse(this.template.toJSON());
    this.all = Object.entries(Resources).map(([id, resource]) => ({
      id,
      path: resource.Metadata['aws:cdk:path'].split('/').slice(1).join('/'),
      type: resource.Type,
      properties: resource.Properties,
      deletionPolicy: resource.DeletionPolicy,
    }));
  }

  /** Every resource of a type; all of them without one. */
  resources(type?: string): readonly HubResource[] {
    return type === undefined ? this.all : this.all.filter((resource) => resource.type === type);
  }

  /** The one resource whose path begins so. Throws if there is none, or more. */
  one(type: string, pathPrefix: string): HubResource {
    const [found, ...more] = this.resources(type).filter((resource) => resource.path.startsWith(pathPrefix));
    if (!found || more.length > 0) throw new Error(`${more.length + (found ? 1 : 0)} of ${type} at ${pathPrefix}`);
    return found;
  }

  /** The id of the role that a function runs as, by the path of the function: `Collecting/CollectAws`. */
  roleOf(functionPath: string): string {
    const { properties } = this.one('AWS::Lambda::Function', functionPath);
    return z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).parse(properties.Role)['Fn::GetAtt'][0];
  }

  /** What the role of a function may do, whoever else runs as it. */
  statements(functionPath: string): readonly z.infer<typeof Statement>[] {
    const role = this.roleOf(functionPath);
    const policies = this.resources('AWS::IAM::Policy').map(({ properties }) => Policy.parse(properties));
    return policies
      .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  }

  /** Every action that the role of a function may take. */
  actions(functionPath: string): readonly string[] {
    return this.statements(functionPath).flatMap(({ Action }) => Action);
  }
}
