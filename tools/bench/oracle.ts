import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CompiledCase } from './corpus.ts';

/** iam-simulate, run from a folder outside the repository (AGPL: never a dependency, its source never read). */
export interface Oracle {
  readonly version: string;
  /** Its validated call. */
  readonly run: (simulation: object) => Promise<{ readonly resultType: string }>;
}

interface Installed {
  readonly runSimulation: (simulation: object, options: object) => Promise<{ readonly resultType: string }>;
}

const PACKAGE = 'node_modules/@cloud-copilot/iam-simulate';

/** The oracle in a folder; undefined where it is not installed there. */
export async function openOracle(folder: string): Promise<Oracle | undefined> {
  const home = path.resolve(folder, PACKAGE);
  if (!existsSync(home)) return undefined;
  const url = (file: string): string => pathToFileURL(path.join(home, file)).href;
  const manifest = (await import(url('package.json'), { with: { type: 'json' } })) as { default: Manifest };
  const { exports, version } = manifest.default;
  const { runSimulation } = (await import(url(exports['.'].import))) as Installed;
  return { version, run: (simulation) => runSimulation(simulation, {}) };
}

interface Manifest {
  readonly version: string;
  readonly exports: { readonly '.': { readonly import: string } };
}

/** The same question in the oracle's words; undefined where it has no words for it. */
export function simulationOf({ asked }: CompiledCase): object | undefined {
  const { principal, resource } = asked;
  const { account } = resource;
  if (!account || principal.arn === 'anonymous' || resource.encryptionKey) return undefined;
  if (principal.sessionPolicies === 'unknown' || (principal.sessionPolicies?.length ?? 0) > 1) return undefined;
  return {
    request: {
      principal: principal.arn,
      action: asked.action,
      resource: { resource: resource.arn, accountId: account },
      contextVariables: Object.fromEntries(
        Object.entries(asked.context ?? {}).map(([key, value]) => [
          key,
          Array.isArray(value) ? value.map(String) : String(value),
        ]),
      ),
    },
    sessionPolicy: principal.sessionPolicies?.[0],
    identityPolicies: (asked.identityPolicies ?? []).map((policy, i) => ({
      name: `identity-${i}`,
      policy: documentOf(policy),
    })),
    serviceControlPolicies: levelsOf(asked.principalScps),
    resourceControlPolicies: levelsOf(asked.resourceRcps),
    resourcePolicy: documentOf(asked.resourcePolicy) ?? undefined,
    permissionBoundaryPolicies: asked.permissionsBoundary
      ? [{ name: 'boundary', policy: documentOf(asked.permissionsBoundary) }]
      : undefined,
  };
}

const documentOf = (document: unknown): unknown =>
  typeof document === 'string' && document.trim().startsWith('{') ? JSON.parse(document) : document;

const levelsOf = (levels: readonly (readonly unknown[] | null)[] | null | undefined): readonly object[] =>
  (levels ?? []).flatMap((documents, level) =>
    documents && documents.length > 0
      ? [
          {
            orgIdentifier: `level-${level}`,
            policies: documents.map((policy, i) => ({ name: `${level}-${i}`, policy: documentOf(policy) })),
          },
        ]
      : [],
  );
