/**
 * One warm instance of a deployed function, in a process of its own: loads the bundle that it is given and answers what its
 * parent invokes. Its clock goes as far ahead as the parent says. Ends with its parent.
 */
import { flushCompileCache } from 'node:module';
import type { FunctionAnswer, FunctionOrder } from './function-process.ts';

/** As much time as the hub gives its collectors, in milliseconds. */
const REMAINING = 900_000;

let ahead = 0;
const { Date: Wall } = globalThis;
const now = (): number => Wall.now() + ahead;
globalThis.Date = new Proxy(Wall, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});

const [, , bundle = ''] = process.argv;
const loaded: unknown = await import(bundle);
// Now, since we end by being killed.
flushCompileCache();
const tell = (answer: FunctionAnswer): void => {
  process.send?.(answer);
};

async function invoke(id: number, event: unknown): Promise<void> {
  if (typeof loaded !== 'object' || loaded === null || !('handler' in loaded) || typeof loaded.handler !== 'function') {
    throw new Error(`${bundle} exports no handler`);
  }
  const context = { awsRequestId: String(id), getRemainingTimeInMillis: () => REMAINING };
  try {
    tell({ id, answer: await loaded.handler(event, context) });
  } catch (error) {
    const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    console.error(error);
    tell({ id, failure });
  }
}

process.on('message', (order: FunctionOrder) => {
  if (order.kind === 'clock') ahead = order.ahead;
  else void invoke(order.id, order.event);
});
process.on('disconnect', () => process.exit());
tell({ id: 0 });
