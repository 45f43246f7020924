import type { GraphEdge, GraphEntity } from './documents.ts';
import { textOf } from './properties.ts';

/** States in which a rule, a schedule, a pipe or an event source mapping starts nothing. */
const IDLE: ReadonlySet<string> = new Set(['DISABLED', 'DISABLING', 'STOPPED', 'STOPPING']);

/** Triggers, whose record says whether they are switched on. */
const TRIGGERS: ReadonlySet<string> = new Set(['aws_event_rule', 'aws_schedule', 'aws_pipe']);

/**
 * Whether an edge that a source states lets anything happen: paths go along it only then. A trigger that is switched off
 * neither starts its targets nor takes on its role, and the execution role of an ECS task is used by the agent that starts the
 * containers, not by the code in them. What is not known to be off is on.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-ecs-iam-role-overview.html
 */
export function isActive({ edge_type, properties }: GraphEdge, from: GraphEntity): boolean {
  if (edge_type === 'RUNS_AS' && properties.used_by === 'execution') return false;
  if (edge_type !== 'RUNS_AS' && edge_type !== 'INVOKES') return true;
  return !isIdle(properties.state) && !(TRIGGERS.has(from.entity_type) && isIdle(textOf(from, 'state')));
}

const isIdle = (state: unknown): boolean => typeof state === 'string' && IDLE.has(state.toUpperCase());
