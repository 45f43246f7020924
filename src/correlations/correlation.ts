import type { EntityName } from '../graph/documents.ts';
import type { TenantId } from '../kernel/ids.ts';
import type { OpenCondition } from '../policy/index.ts';
import type { Confidence, CorrelationEffect, PresentedField } from './rule.ts';

/** Fields of both sides that agree, as their sources wrote them. */
export interface CorrelationEvidence {
  /** The canonical value that both came to. */
  readonly key: string;
  readonly left: readonly PresentedField[];
  readonly right: readonly PresentedField[];
}

/** An end of a correlation. */
export interface CorrelatedEntity extends EntityName {
  readonly display_name: string;
}

/** What a rule found about two entities; the same two and rule are the same correlation, whenever it is found. */
export interface Correlation {
  /** Of tenant, rule, left and right. */
  readonly _id: string;
  readonly tenant_id: TenantId;
  readonly rule_id: string;
  readonly effect: CorrelationEffect;
  readonly confidence: Confidence;
  readonly left: CorrelatedEntity;
  readonly right: CorrelatedEntity;
  readonly evidence: readonly CorrelationEvidence[];
  /** What must hold for it, all of it: a verdict on which it rests is conditional. Absent where it simply holds. */
  readonly conditions?: readonly OpenCondition[];
}

/** Why a correlation that was active is not any more. */
export type RetiredBecause =
  | 'rule_off'
  | 'pair_forbidden'
  /** The left now matches several rights. */
  | 'ambiguous'
  /** One of the two is no longer believed to exist. */
  | 'entity_gone'
  /** Both exist, and what agreed does not any more. */
  | 'no_longer_agrees';

/** A left that matches several rights: nothing is joined. */
export interface Ambiguity {
  readonly rule_id: string;
  readonly left: CorrelatedEntity;
  /** At most 20 of them, by id. */
  readonly rights: readonly CorrelatedEntity[];
  /** Whether there are more. */
  readonly more_rights: boolean;
  /** What left and the first of the rights agree on. */
  readonly key: string;
}

/** A rule that threw: it found nothing this time, and what it had found before stays. */
export interface FailedRule {
  readonly rule_id: string;
  readonly message: string;
}

/** What all rules found in a graph. Ordered by id; the same whatever the order of the graph. */
export interface Correlated {
  readonly correlations: readonly Correlation[];
  readonly ambiguities: readonly Ambiguity[];
  readonly failed_rules: readonly FailedRule[];
}
