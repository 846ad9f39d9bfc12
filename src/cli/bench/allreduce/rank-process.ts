import { Worker } from 'node:worker_threads';
import type { FromRank, RankConfig, ToRank } from './messages.ts';

/** Entry of the process of a rank. */
const config = JSON.parse(process.argv[2]!) as RankConfig;
const worker = new Worker(new URL('./rank-thread.js', import.meta.url), { workerData: config });
worker.on('message', (message: FromRank) => process.send!(message));
process.on('message', (message: ToRank) => worker.postMessage(message));
process.on('disconnect', () => process.exit(1));
worker.on('exit', (code) => process.exit(code));
