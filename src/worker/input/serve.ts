import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { connectChannel } from '../../shared/link/connect.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { openTrace } from '../trace/trace-file.ts';
import { MicrobatchFeeder } from './feeder.ts';
import { LocalSource } from './local-source.ts';
import type { FromInput, SourceConfig, ThreadConfig, ToInput } from './messages.ts';
import { RemoteSource } from './remote-source.ts';
import { SlotWriter } from './slot-writer.ts';
import { SlotRing } from './slots.ts';
import type { SampleSource } from './source.ts';
import { SampleStore } from './store.ts';

/** The data thread's end of the wire between the threads. */
export interface InputPort {
  postMessage(message: FromInput): void;
  on(event: 'message', listener: (message: ToInput) => void): unknown;
  /** After it the thread ends by itself. */
  close(): void;
}

/** Runs the data thread: opens the source, says so, then fills slots until it is told to close. `open` is for tests. */
export async function serveInput(port: InputPort, config: ThreadConfig, open = openSource): Promise<void> {
  const trace = openTrace(config.trace, 'data');
  let over = false;
  let source: SampleSource | null = null;
  const post = (message: FromInput): void => {
    if (!over) port.postMessage(message);
  };
  const end = async (): Promise<void> => {
    over = true;
    trace.flush();
    port.close();
    await source?.close();
  };
  const fail = (error: unknown): void => post({ type: 'failed', ...failureOf(error) });
  // `close` may come while the source is being opened.
  let handle = async (message: ToInput): Promise<void> => {
    if (message.type === 'close') await end();
  };
  port.on('message', (message) => void handle(message).catch(fail));

  try {
    const opened = await open(config.source, config.description);
    source = opened;
    if (over) return await opened.close();
    const writer = ({ memory, shape }: ThreadConfig['training']): SlotWriter =>
      new SlotWriter(new SlotRing(memory, shape), () => post({ type: 'filled' }));
    const training = writer(config.training);
    const evaluation = writer(config.evaluation);
    const store = new SampleStore(opened, config.description, config.cacheMemory, trace);
    const feeder = new MicrobatchFeeder({ ...config, trace, store, training, evaluation, onError: fail });
    handle = async (message) => {
      switch (message.type) {
        case 'assign':
          return feeder.assign(message.id, message.assignment);
        case 'evaluate':
          return feeder.evaluate(message.chunk);
        case 'freed':
          training.wake();
          return evaluation.wake();
        case 'close':
          feeder.close();
          return end();
      }
    };
    post({ type: 'ready' });
  } catch (error) {
    fail(error);
  }
}

async function openSource(config: SourceConfig, description: DatasetDescription): Promise<SampleSource> {
  if (config.kind === 'local') return LocalSource.open(config, description);
  return RemoteSource.open({ connect: (signal) => connectChannel({ ...config, endpoint: 'data', signal }) });
}

function failureOf(error: unknown): Omit<Extract<FromInput, { type: 'failed' }>, 'type'> {
  if (error instanceof GradsocketError) {
    return { code: error.code, exitCode: error.exitCode, message: error.message };
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'INTERNAL', exitCode: EXIT.internal, message: `The data thread failed: ${what}` };
}
