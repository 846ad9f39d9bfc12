import { parentPort, workerData } from 'node:worker_threads';
import { loadTrainingKernels, TRAINING_KERNELS } from '../kernels/training-kernels.ts';
import { Orders } from './orders.ts';

export interface MemberConfig {
  readonly memory: WebAssembly.Memory;
  readonly orders: SharedArrayBuffer;
  readonly members: number;
  readonly member: number;
}

/** Entry point of a thread that computes parts of operations. It blocks between them: it has nothing else to listen to. */
if (parentPort === null) throw new Error('this file is the entry point of a thread');
const { memory, orders, members, member } = workerData as MemberConfig;
const kernels = await loadTrainingKernels(memory);
parentPort.postMessage('ready');
new Orders(members, orders).obey(member, (order) => kernels[TRAINING_KERNELS[order.kernel]!](...order.arguments));
