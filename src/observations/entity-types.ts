/** What an entity is good for in the authority graph. */
export type EntityKind =
  | 'workload'
  | 'identity'
  | 'role'
  | 'permission'
  | 'resource'
  | 'credential'
  | 'connection'
  | 'account'
  | 'owner';

interface EntityTypeFact {
  readonly kind: EntityKind;
  /** Which type names a thing best when claims disagree: the highest wins. A thing seen from afar is 0, seen at home 1. */
  readonly specificity: 0 | 1;
}

const fact = (kind: EntityKind, specificity: 0 | 1 = 1): EntityTypeFact => ({ kind, specificity });

/** Every entity type that exists. A type belongs to one kind. */
export const ENTITY_TYPES = {
  aws_organization: fact('account'),
  aws_ou: fact('account'),
  aws_account: fact('account'),
  aws_scp: fact('permission'),
  aws_rcp: fact('permission'),
  external_aws_account: fact('account', 0),
  external_aws_principal: fact('identity', 0),
  aws_service_principal: fact('identity'),
  aws_anyone: fact('identity'),
  aws_iam_role: fact('role'),
  aws_iam_user: fact('identity'),
  aws_iam_group: fact('identity'),
  aws_iam_policy: fact('permission'),
  aws_iam_instance_profile: fact('credential'),
  aws_iam_access_key: fact('credential'),
  aws_identity_center_instance: fact('connection'),
  aws_identity_center_permission_set: fact('permission'),
  aws_identity_center_group: fact('identity'),
  aws_oidc_provider: fact('identity'),
  aws_saml_provider: fact('identity'),
  external_oidc_provider: fact('identity', 0),
  external_oidc_subject: fact('identity', 0),
  aws_lambda_function: fact('workload'),
  aws_state_machine: fact('workload'),
  aws_s3_bucket: fact('resource'),
  aws_dynamodb_table: fact('resource'),
  aws_sns_topic: fact('resource'),
  aws_sqs_queue: fact('resource'),
  aws_firehose_delivery_stream: fact('resource'),
  external_https_endpoint: fact('connection', 0),
  aws_secretsmanager_secret: fact('resource'),
  aws_ssm_parameter: fact('resource'),
  aws_kms_key: fact('resource'),
  aws_bedrock_agent: fact('workload'),
  // It acts as a role, but what matters of it is the data that it hands out: no path begins there.
  aws_bedrock_knowledge_base: fact('resource'),
  aws_bedrock_guardrail: fact('resource'),
  aws_bedrock_custom_model: fact('resource'),
  aws_bedrock_imported_model: fact('resource'),
  aws_bedrock_inference_profile: fact('resource'),
  aws_bedrock_invocation_logging: fact('resource'),
  aws_agentcore_runtime: fact('workload'),
  aws_agentcore_gateway: fact('workload'),
  aws_agentcore_gateway_target: fact('connection'),
  aws_agentcore_workload_identity: fact('identity'),
  aws_agentcore_credential_provider: fact('credential'),
  aws_agentcore_memory: fact('resource'),
  // A vector store, an index, a cluster, a workgroup: whatever keeps data for something else, as that one names it.
  aws_data_store: fact('resource', 0),
  aws_ecs_cluster: fact('resource'),
  aws_ecs_service: fact('workload'),
  aws_ecs_task_definition: fact('workload'),
  aws_ecr_repository: fact('resource'),
  aws_ecr_registry: fact('resource'),
  aws_event_bus: fact('resource'),
  aws_event_rule: fact('workload'),
  aws_event_connection: fact('connection'),
  aws_event_api_destination: fact('connection'),
  aws_schedule: fact('workload'),
  aws_schedule_group: fact('resource'),
  aws_pipe: fact('workload'),
  aws_cloudtrail_trail: fact('resource'),
  aws_log_group: fact('resource'),
  aws_access_analyzer: fact('resource'),
  // A finding says that somebody may do something to a resource, or no longer needs to: it is about a permission.
  aws_access_finding: fact('permission'),
  // What watches an account is nothing that somebody's code runs in, though it acts as a role: no path begins there.
  aws_config_recorder: fact('resource'),
  aws_config_rule: fact('resource'),
  aws_config_conformance_pack: fact('resource'),
  aws_config_aggregator: fact('resource'),
  entra_application: fact('identity'),
  entra_service_principal: fact('identity'),
  entra_managed_identity: fact('identity'),
  entra_agent_identity: fact('identity'),
  human_identity: fact('identity'),
  servicenow_oauth_client: fact('identity'),
  // An account of a machine; that of a person is a human identity.
  servicenow_user: fact('identity'),
  servicenow_role: fact('role'),
  servicenow_table: fact('resource'),
  // What ServiceNow runs by itself and calls others with.
  servicenow_rest_message: fact('workload'),
  servicenow_scheduled_script: fact('workload'),
  servicenow_flow: fact('workload'),
  servicenow_ai_agent: fact('workload'),
  foundry_project: fact('connection'),
  // What a project or agent is in Entra, as Foundry names it.
  foundry_identity: fact('identity'),
  foundry_agent: fact('workload'),
  foundry_connection: fact('connection'),
  foundry_model_deployment: fact('resource'),
} as const satisfies Readonly<Record<string, EntityTypeFact>>;

export type EntityType = keyof typeof ENTITY_TYPES;

/** Whether a text is the name of an entity type. */
export const isEntityType = (text: unknown): text is EntityType =>
  typeof text === 'string' && Object.hasOwn(ENTITY_TYPES, text);

export const kindOf = (type: EntityType): EntityKind => ENTITY_TYPES[type].kind;

export const specificityOf = (type: EntityType): number => ENTITY_TYPES[type].specificity;

/**
 * Every edge type that sources state. What policies say (CAN_ASSUME, CAN_CONTROL, CAN_ACCESS of AWS) is derived, exists in the
 * graph only and is never stored; CAN_ACCESS is stored where a source itself says who may do what (ServiceNow's ACLs).
 */
export const EDGE_TYPES = [
  'RUNS_AS',
  'TRUSTS',
  'BELONGS_TO',
  'INVOKES',
  'HAS_POLICY',
  'MEMBER_OF',
  'AUTHENTICATES_AS',
  'FEDERATES',
  'OWNED_BY',
  'STORED_IN',
  'CAN_ACCESS',
] as const;

export type EdgeType = (typeof EDGE_TYPES)[number];
