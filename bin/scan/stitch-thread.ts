import { parentPort } from 'node:worker_threads';
import { answerOrders } from '../../lambdas/stitch/compute-thread.ts';

// The thread in which paths are found, so that leases keep beating in the other one.
if (parentPort) answerOrders(parentPort);
