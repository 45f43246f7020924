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

/** Characters that a managed policy may have, white space not counted. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MANAGED_POLICY_LIMIT = 6_144;

/** What the spoke role may do: what its collectors declare, and nothing else. */
export const spokeActions = (): readonly string[] =>
  declaredActions(({ category }) => category !== AWS_DISCOVERY_CATEGORY);

/** What the organization role may do. */
export const organizationActions = (): readonly string[] =>
  declaredActions(({ category }) => category === AWS_DISCOVERY_CATEGORY);

/** A policy that allows actions, split where one document would be too long. */
export function allowPolicies(actions: readonly string[], limit = MANAGED_POLICY_LIMIT): readonly ReadPolicy[] {
  const policies: ReadPolicy[] = [];
  let group: string[] = [];
  for (const action of actions) {
    if (lengthOf(allow([...group, action])) > limit) {
      policies.push(allow(group));
      group = [];
    }
    group.push(action);
  }
  return group.length > 0 ? [...policies, allow(group)] : policies;
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
