import { parentPort, workerData } from 'node:worker_threads';
import { logFor } from '../log.ts';
import { TransportHost } from './transport-host.ts';
import type { TransportConfig } from './transport-thread.ts';

/** Entry of the transport thread. */
const config = workerData as TransportConfig;
const port = parentPort!;
const host = new TransportHost(config, (message) => port.postMessage(message), logFor(config.name));
port.on('message', (message) => host.receive(message));
