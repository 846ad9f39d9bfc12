import { parentPort, workerData } from 'node:worker_threads';
import { Inbox } from '../measure/inbox.ts';
import type { RankConfig, ToRank } from './messages.ts';
import { runRank } from './rank.ts';

/** Entry of the thread that a rank lives in: the main thread of a worker belongs to its engine. */
const port = parentPort!;
const inbox = new Inbox<ToRank>();
port.on('message', (message: ToRank) => inbox.put(message));
await runRank(workerData as RankConfig, inbox, (message) => port.postMessage(message));
port.close();
