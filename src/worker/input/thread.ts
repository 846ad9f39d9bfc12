import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadConfig } from './messages.ts';
import { obeyInThread } from '../rehearsal/obey.ts';
import { serveInput } from './serve.ts';

/** Entry point of the data thread. */
if (parentPort === null) throw new Error('this file is the entry point of a thread');
obeyInThread('data');
void serveInput(parentPort, workerData as ThreadConfig);
