import { once } from 'node:events';
import { type MessagePort, Worker, workerData } from 'node:worker_threads';
import type { TenantId } from '../../src/kernel/ids.ts';
import type { Asked, Computation, Difference, StitchInput, StitchOptions } from '../../src/stitch/computation.ts';
import { stitchComputation } from '../../src/stitch/compute.ts';
import { phaseTimes } from '../../src/stitch/phase-times.ts';

type Order =
  | { readonly order: 'add'; readonly inputs: readonly StitchInput[] }
  | { readonly order: 'finish' }
  | { readonly order: 'differences'; readonly asked: readonly Asked[] };

/** What the thread is started with. */
interface Task extends StitchOptions {
  readonly tenant_id: TenantId;
}

/** Megabytes of a function's memory that are not for the objects of the thread: the other thread, buffers, Node itself. */
const RESERVED_MB = 512;

/** What a thread may take of a function's memory: Node would give it far less than a large function has. */
export const heapOf = (memory_mb: number): number => Math.max(memory_mb - RESERVED_MB, Math.floor(memory_mb / 2));

/** Where a computation runs. */
export interface ThreadOptions {
  /** The module that answers its orders. */
  readonly module: URL;
  /** Megabytes that its objects may take. @default what Node gives a thread, whatever the machine has */
  readonly heap_mb?: number;
}

/** Computes in a thread of its own, so that this one's lease keeps beating however long it takes. */
export function computeInThread(
  { module, heap_mb }: ThreadOptions,
  tenant_id: TenantId,
  options: StitchOptions,
): Computation {
  const task: Task = { tenant_id, ...options };
  const worker = new Worker(module, {
    workerData: task,
    ...(heap_mb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heap_mb } }),
  });
  const ended = endOf(worker);
  const answer = async (order: Order): Promise<unknown> => {
    worker.postMessage(order);
    const [value]: unknown[] = await Promise.race([once(worker, 'message'), ended]);
    return value;
  };
  return {
    add: async (inputs) => {
      await answer({ order: 'add', inputs });
    },
    // The thread answers each order with what it is for: see answerOrders.
    finish: async () => (await answer({ order: 'finish' })) as Awaited<ReturnType<Computation['finish']>>,
    differences: async (asked) => (await answer({ order: 'differences', asked })) as readonly Difference[],
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Rejects with what the thread throws, or when it is no more: whoever waits for an answer then, or asks later, is told. */
function endOf(worker: Worker): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the compute thread has ended with code ${code}`)));
  });
  // A thread may end while nobody waits for it; that alone is not a failure.
  ended.catch(() => undefined);
  return ended;
}

/** The other side: does what it is told, one order at a time. */
export function answerOrders(port: MessagePort): void {
  const { tenant_id, ...options }: Task = workerData;
  const times = phaseTimes(() => Math.round(performance.now()));
  const computation = stitchComputation(tenant_id, { ...options, phase: times.phase });
  const answerTo = (order: Order): unknown => {
    switch (order.order) {
      case 'add':
        computation.add(order.inputs);
        return 'added';
      case 'finish': {
        const computed = computation.finish();
        return { computed, durations_ms: times.durations_ms() };
      }
      case 'differences':
        return computation.differences(order.asked);
    }
  };
  port.on('message', (order: Order) => port.postMessage(answerTo(order)));
}
