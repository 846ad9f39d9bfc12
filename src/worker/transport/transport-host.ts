import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { Kernels } from '../../collective/kernels/kernels.ts';
import { SharedArena } from '../../collective/kernels/shared-arena.ts';
import { connectChannel } from '../../shared/link/connect.ts';
import { fingerprintOf } from '../../shared/link/fingerprint.ts';
import type { LinkServer } from '../../shared/link/link-server.ts';
import { createOptimizer } from '../../engine/optimizer/create.ts';
import { GradientNorm } from '../../engine/optimizer/gradient-norm.ts';
import { faultHook } from '../training/faults.ts';
import type { WorkerObserver } from '../metrics/worker-metrics.ts';
import type { Trace } from '../trace/trace.ts';
import { openTrace } from '../trace/trace-file.ts';
import { packageVersion } from '../../shared/version.ts';
import { watchVitals } from '../report/vitals.ts';
import { failureOf } from '../report/failure.ts';
import { allocateReplica } from '../assignment/memory.ts';
import { advertisedAddress } from './address.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import { connectGroup } from './links.ts';
import { listenForPeers } from './peer-listener.ts';
import { peerTls } from './peer-tls.ts';
import { Replica } from './replica.ts';
import { Session } from './session.ts';
import type { ToEngine } from '../messages/to-engine.ts';
import type { TransportConfig } from './transport-thread.ts';

/** What the transport thread runs: makes what the session needs, and the session, when the engine's thread wants to join. */
export class TransportHost {
  readonly #config: TransportConfig;
  readonly #post: (message: ToEngine) => void;
  readonly #log: (message: string) => void;
  readonly #trace: Trace;
  readonly #observer: WorkerObserver | undefined;
  #session: Session | null = null;
  #listener: LinkServer | null = null;
  #left = false;

  constructor(
    config: TransportConfig,
    post: (message: ToEngine) => void,
    log: (message: string) => void,
    observer?: WorkerObserver,
  ) {
    this.#observer = observer;
    this.#config = config;
    this.#post = post;
    this.#log = log;
    this.#trace = openTrace(config.trace, 'transport');
  }

  /** From the engine's thread. */
  receive(message: FromEngine): void {
    if (this.#session !== null) return this.#session.engineSays(message);
    // Before there is a session, nobody but this process has to know how it ends.
    switch (message.type) {
      case 'join':
        this.#join(message).catch((error: unknown) => this.#giveUp(error));
        return;
      case 'failed':
        return this.#toEngine({ ...message, type: 'leave' });
      case 'interrupt':
        return this.#giveUp(
          new GradsocketError('INTERRUPTED', EXIT.interrupted, `${this.#config.name} was interrupted.`),
        );
      case 'prepared':
      case 'contribute':
      case 'computed':
      case 'evaluated':
      case 'inspected':
      case 'engineMemory':
        throw new Error(`the engine's thread said ${message.type} before it joined`);
    }
  }

  async #join(message: FromEngine): Promise<void> {
    const { name, threads, coordinator, token, listen, advertise, trust, waitSeconds } = this.#config;
    const arena = new SharedArena();
    const kernels = await Kernels.load(arena);
    const allocate = (floats: number) => arena.allocateFloats(floats);
    const tls = await peerTls({ given: this.#config.tls, coordinator, listen });
    const listener = listen === null ? null : await listenForPeers(listen, tls ?? undefined);
    let local: string | null = null;
    this.#listener = listener;
    if (this.#left) return listener?.close();
    const session = new Session({
      name,
      threads,
      address: () =>
        listener === null ? null : `${tls === null ? '' : 'wss://'}${advertisedAddress(listener, advertise, local)}`,
      // Over TLS nobody changes it on the way.
      fingerprint: tls !== null && coordinator.startsWith('wss:') ? fingerprintOf(tls.cert) : undefined,
      coordinator,
      control: {
        connect: async (signal) => {
          const channel = await connectChannel({ url: coordinator, endpoint: 'control', token, trust, signal });
          local = channel.local;
          return channel;
        },
        firstWaitMs: waitSeconds * 1000,
        waitMs: waitSeconds * 1000,
        random: Math.random,
      },
      toEngine: (answer) => this.#toEngine(answer),
      allocate,
      memory: arena.memory,
      createReplica: (blueprint) => {
        const { job, network, layout } = blueprint;
        const optimizer = createOptimizer(job, network, kernels);
        const memory = allocateReplica(allocate, layout, optimizer.moments.length);
        return new Replica(blueprint, memory, optimizer, new GradientNorm(layout.parameters, kernels));
      },
      connect: connectGroup({ kernels, listener, coordinator, trust }),
      now: () => performance.now() / 1000,
      setTimer: (callback, ms) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      trace: this.#trace,
      fault: faultHook(),
      observer: this.#observer,
      vitals: watchVitals(() => performance.now() / 1000),
      release: packageVersion(),
      log: this.#log,
    });
    this.#session = session;
    session.engineSays(message);
  }

  #toEngine(message: ToEngine): void {
    this.#post(message);
    if (message.type !== 'leave') return;
    this.#left = true;
    this.#trace.flush();
    // Peers that still hold a link are told that this process goes.
    this.#listener?.close().catch((error: unknown) => this.#log(String(error)));
  }

  #giveUp(error: unknown): void {
    if (this.#left) return;
    this.#toEngine({ type: 'leave', ...failureOf(error, this.#log) });
  }
}
