import { declaredActions } from '../src/connectors/aws/all-collectors.ts';
import { AWS_DISCOVERY_CATEGORY } from '../src/connectors/aws/categories.ts';
import { CONTENT_READS } from './content-reads.ts';

/** An IAM policy document as we write it. */
export interface ReadPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow' | 'Deny';
    readonly Action?: readonly string[] | '*';
    readonly NotAction?: readonly string[];
    readonly Resource: '*';
  }[];
}

/**
 * Characters that a managed policy may have, and all policies in a role together; white space is not counted. And how many
 * managed ones a role may have where nobody asked for more.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MANAGED_POLICY_LIMIT = 6_144;
export const INLINE_POLICIES_LIMIT = 10_240;
export const MANAGED_POLICIES = 10;

/** What the spoke role may do: what its collectors declare, and nothing else. */
export const spokeActions = (): readonly string[] =>
  declaredActions(({ category }) => category !== AWS_DISCOVERY_CATEGORY);

/** What the organization role may do. */
export const organizationActions = (): readonly string[] =>
  declaredActions(({ category }) => category === AWS_DISCOVERY_CATEGORY);

/** What a role is permitted: the policy in the role itself, and what did not fit into it. */
export interface RolePolicies {
  readonly inline: ReadPolicy;
  readonly managed: readonly ReadPolicy[];
}

/**
 * The policies that allow a role these actions. One policy in the role itself as long as it fits (about 250 actions): it
 * goes where the role goes, has no name for two hubs to quarrel over, no versions, and cannot be attached to anything else.
 * What does not fit becomes managed policies. Throws where AWS would not take so many.
 */
export function rolePolicies(actions: readonly string[]): RolePolicies {
  let rest = actions;
  const next = (limit: number): ReadPolicy => {
    const fit = longestFit(rest, limit);
    const policy = allow(rest.slice(0, fit));
    rest = rest.slice(fit);
    return policy;
  };
  if (rest.length === 0) throw new Error('a role without any action is no use');
  const inline = next(INLINE_POLICIES_LIMIT);
  const managed: ReadPolicy[] = [];
  while (rest.length > 0) managed.push(next(MANAGED_POLICY_LIMIT));
  if (managed.length > MANAGED_POLICIES) throw new Error(`a role can have no ${managed.length} managed policies`);
  return { inline, managed };
}

/** How many of the actions fit into one policy. */
function longestFit(actions: readonly string[], limit: number): number {
  const over = actions.findIndex((_, index) => lengthOf(allow(actions.slice(0, index + 1))) > limit);
  return over < 0 ? actions.length : over;
}

const allow = (actions: readonly string[]): ReadPolicy => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'WhatTheCollectorsCall', Effect: 'Allow', Action: actions, Resource: '*' }],
});

/**
 * The boundary: it grants nothing by itself, and denies, whatever policies the role may be given later, every action that
 * is not one of the kinds of read that the collectors make (so every write, `iam:PassRole`, `sts:AssumeRole`), and the reads
 * of content by name. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export const boundaryPolicy = (actions: readonly string[]): ReadPolicy => ({
  Version: '2012-10-17',
  Statement: [
    { Sid: 'GrantsNothingByItself', Effect: 'Allow', Action: '*', Resource: '*' },
    { Sid: 'NothingButReads', Effect: 'Deny', NotAction: readPrefixes(actions), Resource: '*' },
    { Sid: 'NoReadsOfContent', Effect: 'Deny', Action: CONTENT_READS, Resource: '*' },
  ],
});

/** The kinds of read per service: `iam:GetRole` -> `iam:Get*`. Throws where an action is no read by its name. */
export function readPrefixes(actions: readonly string[]): readonly string[] {
  return [...new Set(actions.map(readPrefix))].sort();
}

function readPrefix(action: string): string {
  const prefix = /^([a-z0-9-]+:(?:Get|List|Describe|BatchGet|Search|Lookup))[A-Z]/.exec(action)?.[1];
  if (prefix === undefined) throw new Error(`${action} is not a read by its name: the spoke role may not have it`);
  return `${prefix}*`;
}

/** Characters of a policy as IAM counts them. */
export const lengthOf = (policy: ReadPolicy): number => JSON.stringify(policy).replaceAll(/\s/g, '').length;
