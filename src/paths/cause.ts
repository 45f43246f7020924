/** What can make a correlation, identity or path appear, change or go. */
export const CAUSE_CODES = [
  'first_seen',
  'edge_appeared',
  'edge_went',
  'policy_changed',
  'property_changed',
  'resource_classified',
  'correlation_appeared',
  'correlation_went',
  'rule_on',
  'rule_off',
  'pair_allowed',
  'pair_forbidden',
  'ambiguous',
  'entity_gone',
  'no_longer_agrees',
  'replaced_by_better',
  'unknown',
] as const;
export type CauseCode = (typeof CAUSE_CODES)[number];

/** Why something appeared, changed or went. */
export interface Cause {
  readonly code: CauseCode;
  /** In words, with the record that it is about. */
  readonly message: string;
  /** The edge, entity, correlation or rule that it is about. */
  readonly subject?: string;
  /** The scan that saw the change. */
  readonly run_id?: string;
}
