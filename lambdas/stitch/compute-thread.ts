import { once } from 'node:events';
import { type MessagePort, Worker, workerData } from 'node:worker_threads';
import type { TenantId } from '../../src/kernel/ids.ts';
import type { Computation, Computed, StitchInput } from '../../src/stitch/computation.ts';
import { stitchComputation } from '../../src/stitch/compute.ts';

type Order = { readonly order: 'add'; readonly inputs: readonly StitchInput[] } | { readonly order: 'finish' };

/** Computes in a thread of its own, which runs `module`, so that this one's lease keeps beating however long it takes. */
export function computeInThread(module: URL, tenant_id: TenantId): Computation {
  const worker = new Worker(module, { workerData: { tenant_id } });
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
    // The thread answers an order to finish with what it computed: see answerOrders.
    finish: async () => (await answer({ order: 'finish' })) as Computed,
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
  const computation = stitchComputation(workerData.tenant_id);
  port.on('message', (order: Order) => {
    if (order.order === 'add') {
      computation.add(order.inputs);
      port.postMessage('added');
    } else {
      port.postMessage(computation.finish());
    }
  });
}
