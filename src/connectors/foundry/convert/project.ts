import * as z from 'zod';
import type { NormalizedEdge, NormalizedNode } from '../../../observations/observation.ts';
import { canonicalGuid } from '../../microsoft/guid.ts';
import { known } from '../../properties.ts';
import { ArmId, type FoundryHome, fieldEdge, foundryRef, identityRef } from './foundry-ref.ts';
import { identitiesOf, ResourceIdentity, toIdentity } from './identities.ts';

export const PROJECTS = 'GET Microsoft.CognitiveServices/accounts/projects';

/** What is read of a project. */
export const Project = z.object({
  id: ArmId,
  identity: ResourceIdentity.nullish(),
  properties: z.object({ displayName: z.string().nullish() }),
});
export type Project = z.infer<typeof Project>;

/** The name of a project: the end of its id. */
export const projectName = ({ id }: Pick<Project, 'id'>): string => id.replace(/\/+$/, '').split('/').at(-1) ?? id;

/** A project, and the identities that it may act as: `AUTHENTICATES_AS`. */
export function* toProject(
  project: Project,
  home: FoundryHome,
): Generator<NormalizedNode | NormalizedEdge, void, undefined> {
  const ref = foundryRef('foundry_project', home, project.id);
  const name = project.properties.displayName ?? projectName(project);
  yield {
    kind: 'node',
    ...ref,
    display_name: name,
    properties: known({
      arm_id: project.id,
      tenant_id: canonicalGuid(project.identity?.tenantId ?? home.tenant_id),
      identity_type: project.identity?.type ?? null,
    }),
    api: PROJECTS,
  };
  for (const identity of identitiesOf(project.identity, project.id, home)) {
    yield toIdentity(identity, name, home, PROJECTS);
    const to = identityRef(home, identity.tenant_id, identity.principal_id);
    yield fieldEdge('AUTHENTICATES_AS', ref, to, 'identity.principalId', PROJECTS);
  }
}
