import type { EntityName, GraphEntity } from '../graph/documents.ts';
import type { Graph } from '../graph/graph.ts';
import type { EntityType } from '../observations/entity-types.ts';
import type { OpenCondition } from '../policy/index.ts';

/** `SAME_ENTITY`: two records of one thing. `BRIDGES_TO`: whoever is the left reaches the right. */
export type CorrelationEffect = 'SAME_ENTITY' | 'BRIDGES_TO';

/** How far what a rule agrees on proves its effect: a constant of the rule, never computed. */
export type Confidence = 'exact' | 'strong' | 'indicative';

/** One field of one side, as its source wrote it. */
export interface PresentedField {
  /** The path of the field in the record: `properties.app_id`, `tags[entra-app-id]`. */
  readonly field: string;
  readonly value: string;
  /** The entity whose record it is, where that is not the side's own: the secret that a function may read. */
  readonly of?: EntityName;
}

/** What an entity would be known by on one side of a rule. Sides agree where keys are equal. */
export interface Presented {
  /** Canonical: lower-case GUIDs, folded hosts. Names everything that must agree: `<tenant>/<object id>`. */
  readonly key: string;
  readonly fields: readonly PresentedField[];
  /** What must hold for it, all of it; absent where it simply holds. */
  readonly conditions?: readonly OpenCondition[];
}

/** One side of a rule: which entities come into question and what each presents there, purely. */
export interface RuleSide {
  readonly entity_types: readonly EntityType[];
  /** What it presents, in words: what explains an entity that presents nothing. */
  readonly presents: string;
  /** Made once for a graph, so that what all entities need of it is found once. */
  readonly present: (graph: Graph) => Present;
}

/** What an entity presents; nothing where its record does not say enough. */
export type Present = (entity: GraphEntity) => readonly Presented[];

/** A rule of what is the same, or bridged, across systems. A literal in a registry, one to a file. */
export interface CorrelationRule {
  readonly id: string;
  readonly title: string;
  /** What the two sides are, what must agree, why that proves it, and what it does not match: paragraphs of the rule's page. */
  readonly explanation: string;
  readonly effect: CorrelationEffect;
  readonly confidence: Confidence;
  readonly default_enabled: boolean;
  readonly left: RuleSide;
  readonly right: RuleSide;
  /** By what a person would take two entities for one, and the rule does not: only ever explained. */
  readonly look_alikes?: Present;
}
