import type { Vitals } from '../../shared/protocol/shared.ts';
import type { WorkerObserver } from '../metrics/worker-metrics.ts';
import type { Trace } from '../trace/trace.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { FaultHook } from '../training/faults.ts';
import type { Allocate } from '../assignment/memory.ts';
import type { ConnectGroup } from './group.ts';
import type { ControlOptions } from './control-link.ts';
import type { SessionReplica } from './replica.ts';
import type { ToEngine } from '../messages/to-engine.ts';

/** What a session works with: real sockets and memory, or a test's. */
export interface SessionOptions {
  readonly name: string;
  /** null: the job's. */
  readonly threads: number | null;
  /** `host:port` for peers, with wss:// before it where it is served so; null: none can connect. Asked once the coordinator is reached. */
  readonly address: () => string | null;
  /** Of the certificate that peers are shown there, for them to believe it alone; absent: they go by what they trust. */
  readonly fingerprint?: string | undefined;
  /** For messages. */
  readonly coordinator: string;
  readonly control: ControlOptions;
  readonly toEngine: (message: ToEngine) => void;
  readonly allocate: Allocate;
  /** The memory in which `allocate` allocates. */
  readonly memory: WebAssembly.Memory;
  /** The memory of the replica, and the optimizer that the job asks for; its state is not set yet. */
  readonly createReplica: (blueprint: Blueprint) => SessionReplica;
  readonly connect: ConnectGroup;
  /** See `Giver`; absent: its own. */
  readonly leastBound?: number;
  /** Seconds. */
  readonly now: () => number;
  /** Returns what cancels it. */
  readonly setTimer: (callback: () => void, ms: number) => () => void;
  readonly trace: Trace;
  /** Where faults strike that tests ask for; absent: none do. */
  readonly fault?: FaultHook;
  /** Whom the worker's own metrics are told by; absent: nobody asks for any. */
  readonly observer?: WorkerObserver | undefined;
  /** How this process fares, where it is time to say so; absent: nobody is told. */
  readonly vitals?: () => Vitals | null;
  /** Of this package, for whoever looks at the run; absent: nobody is told. */
  readonly release?: string;
  readonly log: (message: string) => void;
}
