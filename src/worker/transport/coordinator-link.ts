import { GradsocketError } from '../../shared/errors.ts';
import type { WorkerChannel } from '../../shared/link/channel.ts';
import { connectChannel } from '../../shared/link/connect.ts';

/** How long a worker looks for a coordinator that does not answer: the two may be started in any order. */
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export interface CoordinatorLinkOptions {
  readonly url: string;
  readonly token: string | null;
  readonly ca?: string | undefined;
  readonly log: (message: string) => void;
  /** For tests. */
  readonly connect?: () => Promise<WorkerChannel>;
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<void>;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Opens the control channel. What cannot mend itself, like a wrong token, is thrown at once. */
export async function connectToCoordinator(options: CoordinatorLinkOptions): Promise<WorkerChannel> {
  const { url, token, ca, log, now = () => performance.now(), pause = sleep } = options;
  const connect = options.connect ?? (() => connectChannel({ url, endpoint: 'control', token, ca }));
  const deadline = now() + PATIENCE_MS;
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
    try {
      return await connect();
    } catch (error) {
      const hopeless = !(error instanceof GradsocketError) || error.code !== 'UNREACHABLE';
      if (hopeless || now() + wait > deadline) throw error;
      if (wait === FIRST_PAUSE_MS) log(`${error.message} Trying for ${PATIENCE_MS / 1000} s.`);
    }
    await pause(wait);
  }
}
