import { describe, expect, it } from 'vitest';
import { conditionSentence, type OpenCondition } from '../../src/policy/index.ts';

const externalId = { operator: 'StringEquals', key: 'sts:ExternalId', values: ['x1'] };
const network = { operator: 'IpAddress', key: 'aws:SourceIp', values: ['10.0.0.0/8', '192.0.2.0/24'] };

const sentences: readonly [condition: OpenCondition, sentence: string][] = [
  [externalId, 'if `sts:ExternalId` is `x1`'],
  [{ ...externalId, negated: true }, 'unless `sts:ExternalId` is `x1`'],
  [network, 'if `aws:SourceIp` is in `10.0.0.0/8` or `192.0.2.0/24`'],
  [{ ...network, operator: 'NotIpAddress' }, 'if `aws:SourceIp` is not in `10.0.0.0/8` nor `192.0.2.0/24`'],
  [{ ...externalId, operator: 'StringLikeIfExists' }, 'if `sts:ExternalId` is like `x1` or is absent'],
  [{ ...externalId, operator: 'ForAllValues:StringEquals' }, 'if every value of `sts:ExternalId` is `x1`'],
  [{ ...externalId, operator: 'ForAnyValue:StringNotEquals' }, 'if some value of `sts:ExternalId` is not `x1`'],
  [{ ...externalId, operator: 'Null', values: ['true'] }, 'if `sts:ExternalId` is absent'],
  [{ ...externalId, operator: 'Null', values: ['false'] }, 'if `sts:ExternalId` is present'],
  [{ operator: 'Bool', key: 'aws:SecureTransport', values: ['true'] }, 'if `aws:SecureTransport` is `true`'],
  [
    { operator: 'DateLessThan', key: 'aws:CurrentTime', values: ['2026-01-01'] },
    'if `aws:CurrentTime` is before `2026-01-01`',
  ],
  [{ ...externalId, values: [] }, 'if `sts:ExternalId` is nothing'],
  [{ ...externalId, disputed: 'nobody knows' }, 'if `sts:ExternalId` is `x1` (nobody knows)'],
  [
    { all_of: [externalId, network], negated: true },
    `unless \`sts:ExternalId\` is \`x1\` and \`aws:SourceIp\` is in \`10.0.0.0/8\` or \`192.0.2.0/24\``,
  ],
  [
    { any_of: [externalId, { all_of: [externalId, { ...externalId, negated: true }] }] },
    'if `sts:ExternalId` is `x1` or (`sts:ExternalId` is `x1` and not (`sts:ExternalId` is `x1`))',
  ],
];

describe('a condition as a sentence', () => {
  it.each(sentences)('%j: %s', (condition, sentence) => {
    expect(conditionSentence(condition)).toBe(sentence);
  });
});
