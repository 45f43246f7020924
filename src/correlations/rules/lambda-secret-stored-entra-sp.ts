import { authorityOf } from '../../graph/authority.ts';
import type { CanAccess } from '../../graph/can-access.ts';
import { type GraphEntity, nameOf } from '../../graph/documents.ts';
import type { Graph } from '../../graph/graph.ts';
import { APPLICATION_TAG, taggedApplication } from '../application-tags.ts';
import { principalByApplicationId } from '../entra-principals.ts';
import type { CorrelationRule, Presented } from '../rule.ts';

export const lambdaSecretStoredEntraSp: CorrelationRule = {
  id: 'lambda-secret-stored-entra-sp',
  title: 'Function may read the secret of an Entra application',
  explanation: `A secret that its owner tagged with \`${APPLICATION_TAG}\` holds the credential of that application, in the tenant of the tag \`entra-tenant-id\` where it is there. A function whose role may read the value of such a secret can sign in as the application. What the role may do is evaluated with every policy that has a say; the evidence names the secret, its tags, the role and the verdict, and what the verdict depends on is a condition of the bridge.

Off unless a tenant switches it on: what a secret holds is only what its tag says. A verdict that could not be reached, because a policy could not be read, matches nothing. Neither does listing or describing a secret: its value must be readable. Without a tenant it matches only if one tenant alone has a service principal of this application. A role that may read the secrets of several applications is ambiguous.`,
  effect: 'BRIDGES_TO',
  confidence: 'indicative',
  default_enabled: false,
  left: {
    entity_types: ['aws_lambda_function'],
    presents: `the application ids in the tags of the secrets that its role may read`,
    present: (graph) => {
      const secrets = graph.entities.filter(isCredential);
      if (secrets.length === 0) return () => [];
      const { accessibleFrom } = authorityOf(graph, secrets);
      return (entity) =>
        rolesOf(graph, entity).flatMap((role) =>
          accessibleFrom(role).flatMap((access) => presentSecret(entity, role, access)),
        );
    },
  },
  right: principalByApplicationId,
};

const isCredential = (entity: GraphEntity): boolean =>
  entity.entity_type === 'aws_secretsmanager_secret' && taggedApplication(entity) !== undefined;

const rolesOf = (graph: Graph, entity: GraphEntity): readonly GraphEntity[] =>
  graph.edgesFrom(entity._id, 'RUNS_AS').flatMap(({ to }) => graph.entity(to.id) ?? []);

/** The application of a secret that a role may read the value of. */
function presentSecret(entity: GraphEntity, role: GraphEntity, access: CanAccess): readonly Presented[] {
  const application = taggedApplication(access.to);
  if (!application || access.access_level !== 'Read' || access.verdict === 'undetermined') return [];
  const secret = nameOf(access.to);
  return [
    {
      key: application.key,
      fields: [
        { field: 'RUNS_AS', value: role.source_record_id, of: nameOf(entity) },
        { field: `CAN_ACCESS ${access.access_level}`, value: access.verdict, of: nameOf(role) },
        ...application.fields.map((field) => ({ ...field, of: secret })),
      ],
      ...(access.conditions.length > 0 && { conditions: access.conditions }),
    },
  ];
}
