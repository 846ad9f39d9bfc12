import { parentPort } from 'node:worker_threads';

/**
 * Entry point of the threads that tfjs's build for threads starts on loading, and that nobody ever calls (shared-backend.ts).
 * They say what it waits for.
 */
parentPort!.once('message', () => parentPort!.postMessage({ cmd: 'loaded' }));
