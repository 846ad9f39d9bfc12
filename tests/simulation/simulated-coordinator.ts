import { StarHub } from '../../src/collective/star-hub.ts';
import { bucketsOnWire } from '../../src/collective/wire.ts';
import { DEADLINES } from '../../src/coordinator/membership/deadlines.ts';
import type { Generation } from '../../src/coordinator/membership/model.ts';
import { Run } from '../../src/coordinator/membership/run.ts';
import type { ReduceHub } from '../../src/coordinator/membership/run-options.ts';
import type { RunEvent, RunSummary } from '../../src/coordinator/progress/events.ts';
import { Archive } from '../../src/coordinator/store/archive.ts';
import { RunFolder } from '../../src/coordinator/store/run-folder.ts';
import { CheckpointFolder } from '../../src/shared/checkpoint/folder.ts';
import type { CoordinatorChannel } from '../../src/shared/link/channel.ts';
import { PATHS } from '../../src/shared/protocol/shared.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

export const RUN_DIR = '/run';

export interface Ended {
  readonly exitCode: number;
  readonly summary: RunSummary | null;
}

/** Writes no job.yaml: it is as good as no other, and takes longer than all else of a history. */
class SimulatedFolder extends RunFolder {
  override writeJob(): Promise<void> {
    return Promise.resolve();
  }
}

/** One process of the coordinator, from its start to its end. */
export class SimulatedCoordinator {
  readonly process: Process;
  readonly events: RunEvent[] = [];
  run: Run | null = null;
  archive: Archive | null = null;
  readonly #world: World;
  /** Workers that came before the run was open. */
  #early: CoordinatorChannel[] = [];

  constructor(world: World, process: Process) {
    this.#world = world;
    this.process = process;
  }

  /** Opens the run folder as src/coordinator/opening does, then leads the run until it is over. */
  async lead(resume: boolean): Promise<Ended> {
    const { world, process } = { world: this.#world, process: this.process };
    const { simulated, scenario, network } = world;
    const { job, plan, dataset } = simulated;
    const clock = network.scheduler.clockOf(process);
    const onEvent = (event: RunEvent) => {
      this.events.push(event);
      if (event.type !== 'step' && event.type !== 'workerStep')
        network.scheduler.note('c', `event ${event.type}`, event);
    };
    const folder = new SimulatedFolder(RUN_DIR, world.disk.of(process));
    await folder.make();
    const checkpoints = await CheckpointFolder.open(folder.checkpoints, job.keepCheckpoints, job.monitor, folder.disk);
    const found = resume ? await checkpoints.newest(() => undefined) : null;
    const archive = await Archive.open({
      folder,
      checkpoints,
      job,
      plan,
      dataset,
      startStep: found?.checkpoint.step ?? 0,
      clock,
      now: () => 1e12 + network.scheduler.now,
      ...(resume ? {} : { id: world.dice.hex(32) }),
      onEvent,
      onError: (error) => this.run?.fail(error),
    });
    this.archive = archive;
    const beginning =
      found === null
        ? null
        : { step: found.checkpoint.step, bytes: found.bytes, weightsDigest: found.checkpoint.weightsDigest };
    const run = new Run({
      job,
      plan,
      dataset,
      skipped: 0,
      workers: { wanted: scenario.wanted, min: scenario.min, max: scenario.max },
      resume: beginning,
      changed: false,
      paused: false,
      workersLiveOn: true,
      earlier: resume ? await folder.readSummary() : null,
      url: 'ws://c',
      resumeCommand: 'gradsocket launch --resume',
      keeper: archive,
      hub: this.#hub(),
      clock,
      key: () => world.dice.hex(64),
      deadlines: DEADLINES,
      onEvent: (event) => {
        archive.event(event);
        onEvent(event);
      },
      onStale: () => undefined,
    });
    this.run = run;
    run.start();
    for (const channel of this.#early) run.admit(channel);
    this.#early = [];
    const ended = await run.over;
    await run.empty(DEADLINES.goodbye);
    await archive.close();
    return ended;
  }

  /** A worker has connected. */
  admit(channel: CoordinatorChannel): void {
    if (this.run === null) this.#early.push(channel);
    else this.run.admit(channel);
  }

  /** As StarReduceHub, over virtual links. */
  #hub(): ReduceHub {
    const { switchboard, truth, kernelsPool, scenario } = this.#world;
    const kernels = kernelsPool.take(this.process);
    const fresh = kernels.arena.mark();
    const buckets = bucketsOnWire(truth.blueprint.buckets.ranges, truth.blueprint.job.wire);
    let hub: StarHub | null = null;
    let stop: () => void = () => undefined;
    const close = () => {
      stop();
      hub?.close();
      hub = null;
    };
    return {
      open: (
        { number, key, firstStep, members, microbatches }: Generation,
        onLost: (rank: number, reason: string) => void,
      ) => {
        close();
        kernels.arena.release(fresh);
        const group = {
          generation: number,
          firstStep,
          ranks: members.length,
          leaves: microbatches.at(-1)?.end ?? 0,
          held: microbatches,
          buckets,
        };
        const opened = new StarHub({ group, kernels, onLost, chunkFloats: scenario.chunkFloats });
        hub = opened;
        stop = switchboard.serve(
          { site: 'c', process: this.process },
          {
            path: PATHS.reduce,
            key,
            ranks: opened.ranks,
            maxData: opened.maxChunkBytes,
            admits: (rank) => !opened.has(rank),
            sinkOf: (rank) => opened.sink(rank),
            onLink: (rank, link) => opened.join(rank, link),
          },
        );
      },
      close,
    };
  }
}
