import { describe, expect, it } from 'vitest';
import { remedyFor } from '../../src/kernel/error-facts.ts';

describe('a remedy', () => {
  it('names the call that got no answer, and the account', () => {
    expect(remedyFor('timeout', { action: 's3:GetBucketPolicy', account_id: '111111111111' })).toMatch(
      /^No answer came in time to s3:GetBucketPolicy in account 111111111111\. The next run tries again/,
    );
  });

  it.each([{}, { action: 's3:GetBucketPolicy' }, { account_id: '111111111111' }])(
    'is whole without what is not known of the place: %o',
    (details) => expect(remedyFor('timeout', details)).toMatch(/^No answer came in time\. The next run tries again/),
  );

  it('shows what nobody filled in', () => {
    expect(remedyFor('unreadable_item', {})).toContain('{item}');
  });
});
