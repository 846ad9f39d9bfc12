import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { CoordinatorChannel } from '../../shared/link/channel.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import { announcement, newGeneration, onRecord } from './generation.ts';
import { type Member, readyOf } from './member.ts';
import { tryAgain } from './outcome.ts';
import { seat } from './seating.ts';
import type { Stage } from './stage.ts';
import { brokenEngines, differentStart, mixedEngines, otherThreads } from './start-checks.ts';
import { Training } from './training.ts';
import * as verdicts from './verdicts.ts';
import { welcome } from './welcome.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/** A run before training: workers come, get ready, and connect to each other. */
export class Start {
  readonly #stage: Stage;
  readonly #step: number;
  readonly #onLinkBroken: (sentence: string) => void;
  readonly #onConnected: (training: Training) => void;
  /** What the resumed run's workers are sent; given back when training begins. */
  #resumeBytes: Uint8Array | null;

  constructor(
    stage: Stage,
    callbacks: {
      /** A link of the star broke. */
      readonly onLinkBroken: (sentence: string) => void;
      /** All members have their links. */
      readonly onConnected: (training: Training) => void;
    },
  ) {
    const { resume } = stage.options;
    this.#stage = stage;
    this.#step = resume?.step ?? 0;
    this.#resumeBytes = resume?.bytes ?? null;
    this.#onLinkBroken = callbacks.onLinkBroken;
    this.#onConnected = callbacks.onConnected;
  }

  /** Waits for workers, anew where one has left. */
  gather(): void {
    const { deadlines, url, wanted } = this.#stage.options;
    this.#stage.enter({ name: 'gathering' });
    this.#stage.deadline(deadlines.gather, () => {
      const here = this.#stage.waiting(this.#stage.members);
      this.#stage.finish(tryAgain('WORKERS_MISSING', verdicts.neverCame(here, wanted, url, deadlines.gather)));
    });
    this.#remind();
  }

  /** Null: the worker was sent away. */
  hello(channel: CoordinatorChannel, hello: Message<'hello'>): Member | null {
    const { state, roster, options } = this.#stage;
    const refusal = roster.refusalOf(hello) ?? otherThreads(hello, options.job);
    if (refusal !== null || state.name !== 'gathering') {
      const { exitCode, code, message } = refusal ?? {
        exitCode: EXIT.tryAgain,
        code: 'RUN_FULL',
        message: `${hello.name} came too late: the run is ${state.name}.`,
      };
      this.#stage.warn(`${hello.name} (${channel.remote}) was sent away: ${message}`);
      channel.send({ type: 'leave', exitCode, code, message });
      channel.close('full', message);
      return null;
    }
    const member = roster.add(channel, hello);
    options.archive.log({ worker: member.name, id: member.id, remote: channel.remote, hello });
    welcome(member, options, this.#resumeBytes).catch(() => undefined); // the channel closed: `onClose` tells
    if (roster.isFull) this.#prepare();
    return member;
  }

  ready(member: Member, message: Message<'ready'>): void {
    const { state, options, members } = this.#stage;
    if ((state.name !== 'gathering' && state.name !== 'preparing') || member.state.name !== 'preparing') {
      throw this.#stage.outOfTurn(message);
    }
    if (message.step !== this.#step) {
      throw new ProtocolError('outOfTurn', `ready at step ${message.step}, where step ${this.#step} is next`);
    }
    member.enter({ name: 'ready', ready: message });
    options.onEvent({
      type: 'workerJoined',
      worker: member.name,
      engine: message.engine,
      device: message.device,
      threads: message.threads,
      joined: members.filter((other) => readyOf(other.state) !== null).length,
      wanted: options.wanted,
    });
    this.#connectIfReady();
  }

  connected(member: Member, message: Message<'connected'>): void {
    const { state, members } = this.#stage;
    if (state.name !== 'connecting' || member.state.name !== 'ready') throw this.#stage.outOfTurn(message);
    member.enter({ name: 'seated', ready: member.state.ready });
    if (members.every((other) => other.state.name === 'seated')) this.#onConnected(state.training);
  }

  #remind(): void {
    const { deadlines, url, wanted } = this.#stage.options;
    this.#stage.remind(deadlines.remind, () => {
      this.#stage.warn(verdicts.stillMissing(this.#stage.waiting(this.#stage.members), wanted, url));
      this.#remind();
    });
  }

  #prepare(): void {
    const { prepare } = this.#stage.options.deadlines;
    this.#stage.enter({ name: 'preparing' });
    this.#stage.deadline(prepare, () => {
      const { members } = this.#stage;
      const missing = this.#stage.waiting(members.filter((member) => readyOf(member.state) === null));
      this.#stage.finish(tryAgain('NOT_READY', verdicts.neverReady(missing, members.length, prepare)));
    });
    this.#connectIfReady();
  }

  #connectIfReady(): void {
    const { state, members, options } = this.#stage;
    if (state.name !== 'preparing' || members.some((member) => readyOf(member.state) === null)) return;
    const { resume, plan, job, archive } = options;
    const differ = differentStart(members, resume?.weightsDigest ?? null);
    if (differ !== null) return this.#stage.fail(differ);
    for (const sentence of [...brokenEngines(members), mixedEngines(members)]) {
      if (sentence !== null) this.#stage.warn(sentence);
    }
    const candidates = members.map(({ id, name, hello }) => ({ id, name, address: hello.address }));
    const seating = seat(candidates, plan.microbatches, job.topology);
    if ('refused' in seating) {
      return this.#stage.fail(new GradsocketError('NO_TOPOLOGY', EXIT.configuration, seating.refused));
    }
    const byId = new Map(members.map((member) => [member.id, member]));
    const generation = newGeneration(archive.ledger.lastGeneration + 1, this.#step, seating, byId);
    archive.announce(onRecord(generation)).catch((error: unknown) => this.#stage.fail(error));
    this.#resumeBytes = null;
    this.#connect(new Training(generation, options), `${seating.topology}: ${seating.why}`);
  }

  #connect(training: Training, why: string): void {
    const { generation } = training;
    const { deadlines, hub, onEvent } = this.#stage.options;
    const { number, topology, members, firstStep } = generation;
    this.#stage.enter({ name: 'connecting', training }, why);
    this.#stage.deadline(deadlines.connect, () => {
      const missing = this.#stage.waiting(this.#stage.members.filter(({ state }) => state.name !== 'seated'));
      const sentence = verdicts.neverConnected(missing, members.length, topology, deadlines.connect);
      this.#stage.finish(tryAgain('NOT_CONNECTED', sentence));
    });
    onEvent({ type: 'generation', generation: number, workers: members.length, step: firstStep });
    if (topology === 'star' && members.length > 1) {
      hub.open(generation, (rank, reason) => {
        const member = members[rank];
        if (member !== undefined) this.#onLinkBroken(`The link of ${member.name} broke: ${reason}.`);
      });
    }
    members.forEach((member, rank) => member.channel.send(announcement(generation, rank)));
  }
}
