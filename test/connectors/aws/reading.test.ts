import { describe, expect, it } from 'vitest';
import { listed, oneItem, pages, type Reading, readItem } from '../../../src/connectors/aws/reading.ts';
import { UndeclaredCall } from '../../../src/connectors/source-failure.ts';
import type { Gap, Observation } from '../../../src/observations/observation.ts';
import { gathered, sorted } from '../observed.ts';
import { awsError, socketError } from './look.ts';

const WHAT = { action: 's3:GetBucketPolicy', item: 'arn:aws:s3:::b', absent: ['NoSuchBucketPolicy'] };

async function read<Value>(call: () => Promise<Value>): Promise<{ gaps: Gap[]; reading: Reading<Value> }> {
  const gaps: Gap[] = [];
  const reading = readItem(WHAT, call);
  for (;;) {
    const next = await reading.next();
    if (next.done) return { gaps, reading: next.value };
    gaps.push(next.value);
  }
}

const failing = (error: Error) => read(() => Promise.reject(error));

describe('reading something about one item', () => {
  it('gives the value', async () => {
    expect(await read(async () => 'policy')).toEqual({ gaps: [], reading: { known: true, value: 'policy' } });
  });

  it('a known absence is knowledge', async () => {
    expect(await failing(awsError('NoSuchBucketPolicy'))).toEqual({
      gaps: [],
      reading: { known: true, value: undefined },
    });
  });

  it.each<[Error, string]>([
    [awsError('AccessDenied'), 'access_denied'],
    [awsError('AuthorizationErrorException'), 'access_denied'],
    [awsError('SlowDown', 'slow', 503), 'throttled'],
    [awsError('TimeoutError'), 'timeout'],
    [awsError('InternalError', 'oops', 500), 'source_unreachable'],
    [socketError('ECONNRESET'), 'source_unreachable'],
  ])('%s is a gap %s that names action and item', async (error, code) => {
    const { gaps, reading } = await failing(error);
    expect(gaps).toEqual([expect.objectContaining({ kind: 'gap', code, action: WHAT.action, item: WHAT.item })]);
    expect(reading).toEqual({ known: false });
  });

  it('a request that AWS calls invalid is a bug of ours', async () => {
    await expect(failing(awsError('ValidationException'))).rejects.toThrow('AWS says so');
  });
});

const ITEM = { action: 's3:ListAllMyBuckets', item: 'arn:aws:s3:::b' };
const NODE: Observation = {
  kind: 'node',
  entity_type: 'aws_s3_bucket',
  source_system_id: 'aws:aws',
  source_record_id: 'arn:aws:s3:::b',
  display_name: 'b',
  properties: {},
  api: 's3:ListAllMyBuckets',
};

async function observations(look: () => AsyncGenerator<Observation, void, undefined>) {
  return sorted(await gathered(oneItem(ITEM, look)));
}

describe('one item', () => {
  it('is yielded whole', async () => {
    const { nodes } = await observations(async function* () {
      yield NODE;
    });
    expect(nodes).toEqual([NODE]);
  });

  it('that vanished between list and get is absent: no node and no gap', async () => {
    const seen = await observations(async function* () {
      yield NODE;
      yield* failingRead(awsError('NoSuchBucket'));
    });
    expect(seen.observations).toEqual([]);
  });

  it('that makes a converter throw is one gap that names it, and nothing of it is half-written', async () => {
    const seen = await observations(async function* () {
      yield NODE;
      throw new TypeError('the policy document is not JSON');
    });
    expect(seen.observations).toEqual([
      { kind: 'gap', code: 'unreadable_item', ...ITEM, message: 'TypeError: the policy document is not JSON' },
    ]);
  });

  it('keeps the gaps that it met before it turned out odd', async () => {
    const seen = await observations(async function* () {
      yield* failingRead(awsError('AccessDenied'));
      throw new TypeError('odd');
    });
    expect(seen.gaps.map(({ code }) => code)).toEqual(['access_denied', 'unreadable_item']);
  });

  it('does not swallow a call that was not declared', async () => {
    const running = observations(async function* () {
      yield NODE;
      throw new UndeclaredCall('iam:DeleteRole');
    });
    await expect(running).rejects.toThrow(UndeclaredCall);
  });
});

async function* failingRead(error: Error): AsyncGenerator<Observation, void, undefined> {
  yield* readItem(WHAT, () => Promise.reject(error));
}

interface Page {
  readonly token?: string;
}

const paged = (fetch: (token: string | undefined) => Promise<Page>, cursor?: string) =>
  gathered(pages({ action: 'iam:ListRoles', cursor, fetch, next: (page: Page) => page.token }));

describe('pages', () => {
  it('come one after the other from the cursor', async () => {
    const asked: (string | undefined)[] = [];
    await paged(async (token) => {
      asked.push(token);
      return token === '2' ? { token: '3' } : {};
    }, '2');
    expect(asked).toEqual(['2', '3']);
  });

  it('begin again where the cursor has expired', async () => {
    const asked: (string | undefined)[] = [];
    await paged(async (token) => {
      asked.push(token);
      if (token) throw awsError('ValidationError', 'Marker is not valid');
      return {};
    }, 'old');
    expect(asked).toEqual(['old', undefined]);
  });

  it('a refusal on a later part is a refusal, not an expired cursor', async () => {
    const paging = paged(async () => Promise.reject(awsError('AccessDenied')), 'old');
    await expect(paging).rejects.toMatchObject({ gap: { code: 'access_denied', action: 'iam:ListRoles' } });
  });

  it('that go round in a circle are a malformed answer', async () => {
    await expect(paged(async () => ({ token: 'same' }))).rejects.toMatchObject({ gap: { code: 'source_unreachable' } });
  });

  it('without their list are malformed, not empty', () => {
    expect(() => listed('iam:ListRoles', undefined)).toThrow('the answer has no list');
    expect(listed('iam:ListRoles', [])).toEqual([]);
  });
});
