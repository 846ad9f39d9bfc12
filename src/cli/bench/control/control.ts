import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Coordinator } from '../../../coordinator/coordinator.ts';
import { NO_WEIGHTS } from '../../../coordinator/opening/given-weights.ts';
import type { RunEvent } from '../../../coordinator/progress/events.ts';
import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { jobSchema } from '../../../shared/job/schema.ts';
import { Inbox } from '../measure/inbox.ts';
import type { Measured } from '../measure/part.ts';
import { spreadOf } from '../measure/statistics.ts';
import { makeDataset } from '../measure/synthetic.ts';
import { clockNow, type FromSimulation, type ToSimulation } from './messages.ts';
import type { ControlBenchOptions } from './options.ts';
import { plural } from '../../../shared/plural.ts';
import { temporaryFolder } from '../../../shared/temporary-folder.ts';

const ENTRY = fileURLToPath(new URL('./simulation-process.js', import.meta.url));
const PATIENCE_MS = 300_000;
/** What people, their pages and Prometheus ask for. */
const LOOKED_AT = ['/', '/api/view', '/api/run', '/metrics'];
const LOOKS = 5;

/** What something cost the coordinator's process. */
interface Cost {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}

/** What a coordinator with many workers has to do: none of them computes. */
export async function measureControl(options: ControlBenchOptions): Promise<Measured> {
  const folder = await temporaryFolder('bench');
  try {
    return await measureIn(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureIn(folder: string, { workers, steps, topology }: ControlBenchOptions): Promise<Measured> {
  const samples = 2 * workers;
  const data = await makeDataset('raw', samples, join(folder, 'data'));
  const job = jobSchema.parse({
    data,
    topology,
    batch: workers,
    microbatches: workers,
    epochs: steps,
    steps: steps + 1,
    evalEvery: 0,
    checkpointEvery: steps + 1,
  });
  const events = new Inbox<RunEvent>();
  const token = randomBytes(24).toString('hex');
  const coordinator = await Coordinator.start({
    weights: NO_WEIGHTS,
    job,
    runDir: join(folder, 'run'),
    resume: false,
    workers,
    listen: { host: '127.0.0.1', port: 0 },
    token,
    onEvent: (event) => {
      if (event.type === 'step' || event.type === 'failed') events.put(event);
    },
  });
  const simulation = new Simulation();
  try {
    const loop = monitorEventLoopDelay({ resolution: 10 });
    loop.enable();
    const joined = meter();
    simulation.say({ type: 'join', url: coordinator.url, token, workers });
    const { at: first } = await simulation.hear('joining');
    const { at: begun } = await simulation.hear('begun');
    const joining = joined(begun - first);

    const latencies: number[] = [];
    const reported = meter();
    for (let step = 0; step < steps; step++) {
      simulation.say({ type: 'commit' });
      const { at } = await simulation.hear('committed');
      await events.expect('step');
      latencies.push(clockNow() - at);
    }
    const reports = reported(0);

    const looking = meter();
    simulation.say({ type: 'look', paths: LOOKED_AT, times: LOOKS });
    const { answers } = await simulation.hear('looked');
    const looks = looking(0);

    const lost = meter();
    simulation.say({ type: 'lose' });
    const { at: gone } = await simulation.hear('lost');
    const next = await simulation.hearOf('begun', 'left');
    const change = lost(next.at - gone);
    loop.disable();
    const result = {
      workers,
      topology,
      joining,
      report: { latencyMilliseconds: spreadOf(latencies), cpuMilliseconds: reports.cpuMilliseconds / steps },
      looks: {
        cpuMilliseconds: looks.cpuMilliseconds / (LOOKS * LOOKED_AT.length),
        of: Object.fromEntries(
          answers.map(({ milliseconds, bytes }, index) => [
            LOOKED_AT[index]!,
            { milliseconds: spreadOf(milliseconds), bytes },
          ]),
        ),
      },
      /** From the loss of a worker until all others train again, or, where the run ends by it, have left. */
      loss: { ...change, goesOn: next.type === 'begun' },
      eventLoopMilliseconds: { p99: loop.percentile(99) / 1e6, max: loop.max / 1e6 },
      residentMiB: process.memoryUsage.rss() / 2 ** 20,
    };
    const { latencyMilliseconds, cpuMilliseconds } = result.report;
    const step = `a step's reports ${latencyMilliseconds.median.toFixed(0)} ms (${cpuMilliseconds.toFixed(0)} ms CPU)`;
    const line = `${plural(workers, 'worker')}: begun after ${(joining.milliseconds / 1000).toFixed(1)} s; ${step}; after a loss ${(change.milliseconds / 1000).toFixed(1)} s`;
    return { result, line };
  } finally {
    await coordinator.close();
    await simulation.end();
  }
}

/** Measures from now on; what it returns is told how long it took. */
function meter(): (milliseconds: number) => Cost {
  const before = process.cpuUsage();
  return (milliseconds) => {
    const { user, system } = process.cpuUsage(before);
    return { milliseconds, cpuMilliseconds: (user + system) / 1000 };
  };
}

/** The process with the workers. */
class Simulation {
  readonly #child = fork(ENTRY);
  readonly #ended = once(this.#child, 'exit');
  readonly #inbox = new Inbox<FromSimulation>();

  constructor() {
    this.#child.on('message', (message) => this.#inbox.put(message as FromSimulation));
    void this.#ended.then(() => this.#inbox.put({ type: 'failed', message: 'its process ended' }));
  }

  say(message: ToSimulation): void {
    this.#child.send(message);
  }

  hear<K extends FromSimulation['type']>(type: K): Promise<Extract<FromSimulation, { readonly type: K }>> {
    return this.hearOf(type);
  }

  async hearOf<K extends FromSimulation['type']>(
    ...types: readonly K[]
  ): Promise<Extract<FromSimulation, { readonly type: K }>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const sentence = `Nothing was heard of ${types.join(' or ')} for ${PATIENCE_MS / 1000} s.`;
      timer = setTimeout(() => reject(new GradsocketError('BENCH_STUCK', EXIT.internal, sentence)), PATIENCE_MS);
    });
    try {
      const message = await Promise.race([this.#inbox.take(), late]);
      if (types.some((type) => type === message.type)) return message as Extract<FromSimulation, { readonly type: K }>;
      const why = message.type === 'failed' ? message.message : `${message.type} came instead of ${types.join(' or ')}`;
      throw new GradsocketError('BENCH_SIMULATION', EXIT.internal, `The simulated workers failed: ${why}.`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Until it has ended: the time that it took belongs to this process then, and not to a stranger. */
  async end(): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}
