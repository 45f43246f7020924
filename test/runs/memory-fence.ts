import type { Fence, HeadName, Holder } from '../../src/inventory/fence.ts';
import type { Step } from './memory-runs.ts';

/** `cell_heads` in memory: see test/contract/cell-heads.test.ts for what it promises. */
export function memoryFence(step: Step = async () => undefined): Fence {
  const heads = new Map<string, Holder & { readonly until: string }>();
  const nameOf = ({ tenant_id, instance_id, key }: HeadName): string => [tenant_id, instance_id, key].join('/');
  const mine = (name: HeadName, { seq, owner }: Holder): boolean => {
    const head = heads.get(nameOf(name));
    return head?.seq === seq && head.owner === owner;
  };
  return {
    async take(name, { seq, owner }, now, until) {
      await step('take head');
      const head = heads.get(nameOf(name));
      if (head && head.seq > seq) return { outcome: 'superseded', seq: head.seq };
      if (head && head.until > now && !mine(name, { seq, owner })) return { outcome: 'busy', until: head.until };
      heads.set(nameOf(name), { seq, owner, until });
      return { outcome: 'taken' };
    },
    async renew(name, holder, until) {
      await step('renew head');
      const renewed = mine(name, holder);
      if (renewed) heads.set(nameOf(name), { ...holder, until });
      return renewed;
    },
    async release(name, holder, now) {
      await step('release head');
      if (mine(name, holder)) heads.set(nameOf(name), { ...holder, until: now });
    },
  };
}
