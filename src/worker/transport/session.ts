import { PeersMissing } from '../../collective/missing.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import { checkJob } from '../assignment/blueprint.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import type { FaultHook } from '../training/faults.ts';
import { failureOf } from '../report/failure.ts';
import type { SessionEffect } from '../session/effect.ts';
import type { SessionEvent } from '../session/event.ts';
import { newSession, type SessionModel } from '../session/model.ts';
import { next } from '../session/next.ts';
import type { Announcement, Busy, StateName, Verdict } from '../session/state.ts';
import { ControlLink } from './control-link.ts';
import { Incoming } from './incoming.ts';
import { helloMessage, readyMessage } from './introduction.ts';
import { Membership } from './membership.ts';
import { digestsMessage, stepMessage } from './reports.ts';
import type { SessionOptions } from './session-options.ts';
import type { StepReport } from './step-runner.ts';
import { Workshop } from './workshop.ts';

const NO_FAULT: FaultHook = () => undefined;

/**
 * A worker's side of the conversation with the coordinator, on the transport thread: turns what the coordinator, the engine's
 * thread and the all-reduce say into events, and does what `next` decides about them. It never blocks, and ends with one
 * `leave` to the engine's thread.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #link: ControlLink;
  readonly #incoming = new Incoming();
  #model: SessionModel;
  readonly #events: SessionEvent[] = [];
  #deciding = false;
  #introduced: Extract<FromEngine, { type: 'join' }> | null = null;
  /** It has said who it is before, on another connection. */
  #comesAgain = false;
  #prepared: Extract<FromEngine, { type: 'prepared' }> | null = null;
  #workshop: Workshop | null = null;
  #membership: Membership | null = null;
  /** Of the step that was committed last. */
  #report: StepReport | null = null;
  #verdict: Verdict | null = null;
  #cancelTimer: () => void = () => undefined;

  constructor(options: SessionOptions) {
    const { name, coordinator, control, now, setTimer, log } = options;
    this.#options = options;
    this.#model = newSession({ name, coordinator });
    this.#link = new ControlLink(
      { ...control, now, setTimer, log },
      {
        onUp: () => this.#happen({ type: 'linkUp' }),
        onMessage: (message) => this.#hear(message),
        onDown: (closed) => this.#happen({ type: 'linkDown', closed }),
        onGivenUp: (error) => this.#happen({ type: 'linkLost', verdict: failureOf(error, log) }),
        onClosed: () => options.toEngine({ type: 'leave', ...this.#verdict! }),
      },
    );
  }

  get state(): StateName {
    return this.#model.state.name;
  }

  get model(): SessionModel {
    return this.#model;
  }

  /** From the engine's thread. */
  engineSays(message: FromEngine): void {
    switch (message.type) {
      case 'join':
        this.#introduced = message;
        return this.#happen(message);
      case 'prepared':
        this.#prepared = message;
        this.#options.observer?.prepared(message);
        return this.#happen({ type: 'prepared' });
      // What it says of a stint that is over is void: it may still compute a step that was given up.
      case 'contribute':
        if (message.stint !== this.#model.stint) return;
        return this.#try(() => this.#membership?.contribute(message.step, message.bucket));
      case 'computed':
        if (message.stint !== this.#model.stint) return;
        return this.#try(() => this.#membership?.computed(message.step, message.times, message.ownLossSum));
      case 'evaluated':
        if (message.stint !== this.#model.stint) return;
        return this.#happen(message);
      case 'inspected': {
        if (message.stint !== this.#model.stint || this.#membership === null) return;
        // One that is lost with the connection is no loss: the next look shows what came of it.
        const { generation } = this.#membership.generation;
        return this.#link.send({ type: 'inspected', generation, inspection: message.inspection });
      }
      case 'engineMemory':
        return this.#options.observer?.engineMemory(message.bytes);
      case 'interrupt':
      case 'failed':
        return this.#happen(message);
    }
  }

  /** This worker cannot go on, and `error` says why: tell the coordinator, then leave. */
  fail(error: unknown): void {
    if (this.state === 'left') return;
    this.#happen({ type: 'failed', ...failureOf(error, this.#options.log) });
  }

  #hear(message: ToWorker): void {
    if (message.type !== 'welcome') return this.#happen(message);
    this.#try(() => {
      const { type, workerId, run, resume, heal, nth, job, dataset, microbatches } = message;
      const assignment = { job: checkJob(job), dataset, microbatches };
      this.#happen({ type, workerId, run, resume, heal, nth, assignment });
    });
  }

  /** Decides and acts, one event after the other: what acting brings about comes after it. */
  #happen(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#deciding) return;
    this.#deciding = true;
    try {
      for (let first = this.#events.shift(); first !== undefined; first = this.#events.shift()) this.#decide(first);
    } finally {
      this.#deciding = false;
    }
  }

  #decide(event: SessionEvent): void {
    const { model, effects, why } = next(this.#model, event);
    const [from, to] = [this.#model.state.name, model.state.name];
    // Of a worker that never came into a run, the sentence that it ends with says all.
    const never = from === 'joining' && to === 'left';
    if (from !== to && !never) this.#options.log(`${from} -> ${to}${why === '' ? '' : `: ${why}`}`);
    else if (from === to && why !== '') this.#options.log(why);
    this.#model = model;
    this.#options.observer?.decided(event, model);
    try {
      for (const effect of effects) this.#do(effect);
    } catch (error) {
      this.fail(error);
    }
  }

  #do(effect: SessionEffect): void {
    const link = this.#link;
    switch (effect.do) {
      case 'dial':
        return link.dial();
      case 'hello':
        return this.#hello(effect.held);
      case 'settle':
        return link.settle(this.#model.run?.id !== null);
      case 'send':
        // The last word, also where it is not clear who we are to the coordinator.
        return effect.message.type === 'failed' ? link.say(effect.message) : link.send(effect.message);
      case 'prepare':
        return this.#prepare(effect.warmUp);
      case 'initialise':
        return this.#made.replica.initialise();
      case 'ready':
        return link.send(readyMessage(this.#prepared!, this.#made.replica, effect.nth));
      case 'takeState': {
        const bytes = this.#incoming.state(effect.part);
        if (bytes === null) return;
        const { step } = effect.part;
        this.#made.replica.restore(bytes, `the state after step ${step}`);
        this.#strike('healing');
        return this.#happen({ type: 'restored', step });
      }
      case 'takeReduced':
        return this.#takeReduced(effect.part);
      case 'dropParts':
        return this.#incoming.clear();
      case 'connect':
        return this.#connect(effect.seat);
      case 'train':
        return this.#train(effect);
      case 'stop':
        return this.#membership?.stop();
      case 'goOn': {
        const { step, evaluate, last } = effect;
        return this.#options.toEngine({ type: 'committed', step, side: this.#made.replica.side, evaluate, last });
      }
      case 'haltEngine':
        return this.#options.toEngine({ type: 'halt' });
      case 'endGeneration':
        return this.#membership?.end();
      case 'report':
        return link.report(
          stepMessage(effect.generation, this.#report!, this.#made.replica, this.#options.vitals?.() ?? null),
        );
      case 'digests':
        link.report(digestsMessage(effect.generation, this.#made.replica, null));
        // Rank 0 is struck when its state is on the way.
        return this.#rank === 0 ? undefined : this.#strike('checkpointing');
      case 'answer':
        return this.#answer(effect);
      case 'awaitRoom':
        // It may take long, and others may have to know who holds what.
        if (link.uploading) link.report(digestsMessage(effect.generation, this.#made.replica, null));
        void link.uploaded().then(() => this.#happen({ type: 'room', step: effect.step }));
        return;
      case 'checkpoint':
        return this.#checkpoint(effect.generation);
      case 'upload':
        return link.upload(this.#made.replica.snapshot());
      case 'awaitUploads':
        void link.uploaded().then(() => this.#happen({ type: 'uploaded' }));
        return;
      case 'reportEvaluation': {
        const { generation, step, chunks } = effect;
        return link.report({ type: 'evaluated', generation, step, chunks: [...chunks] });
      }
      case 'give':
        return this.#made.giver.give(effect.to, effect.follow);
      case 'cease':
        return this.#made.giver.cease(effect.to);
      case 'ceaseAll':
        return this.#workshop?.giver.ceaseAll();
      case 'recorded':
        return link.recorded(effect.recorded);
      case 'resend':
        return link.resend();
      case 'forget':
        return link.forget();
      case 'wait':
        this.#cancelTimer();
        this.#cancelTimer = this.#options.setTimer(() => this.#happen({ type: 'timeout' }), effect.ms);
        return;
      case 'stopWaiting':
        return this.#cancelTimer();
      case 'leave':
        return this.#leave(effect.verdict);
    }
  }

  #hello(held: boolean): void {
    const replica = held ? this.#made.replica : null;
    this.#link.say(helloMessage(this.#options, this.#introduced!, this.#model, { again: this.#comesAgain, replica }));
    this.#comesAgain = true;
  }

  #prepare(warmUp: boolean): void {
    const { toEngine, memory } = this.#options;
    const { assignment } = this.#model.run!;
    // First of all, so that the engine compiles while the replica is made here.
    toEngine({ type: 'prepare', assignment, memory, warmUp });
    this.#workshop = new Workshop(assignment, this.#options, {
      stream: (messages, wanted) => this.#link.stream(messages, wanted),
      onError: (error) => this.fail(error),
    });
  }

  get #made(): Workshop {
    if (this.#workshop === null) throw new Error('the session has not been told what to train');
    return this.#workshop;
  }

  #takeReduced(part: Extract<SessionEffect, { do: 'takeReduced' }>['part']): void {
    const workshop = this.#made;
    const { replica, giver } = workshop;
    const bytes = this.#incoming.reduced(part, replica.committed, workshop.reducedBytes);
    if (bytes === null) return;
    const vector = workshop.applyReduced(part.step, bytes);
    this.#strike('healing');
    // It may heal others in turn.
    giver.committed(part.step, vector);
    this.#happen({ type: 'applied', step: replica.committed });
  }

  #connect(seat: Announcement): void {
    const { connect, now, trace, fault = NO_FAULT } = this.#options;
    const { blueprint, replica, pool } = this.#made;
    const { generation } = seat;
    const membership: Membership = new Membership({
      generation: seat,
      blueprint,
      // There: it was told with `ready`, and no generation comes before that.
      abreast: this.#prepared!.abreast,
      replica,
      pool,
      connect,
      now,
      trace,
      fault,
      onCommitted: (committed) => this.#committed(membership, committed),
      onLost: (rank, reason) => this.#happen({ type: 'peerLost', generation, rank, who: whoIs(seat, rank), reason }),
      onError: (error) => this.fail(error),
    });
    this.#membership = membership;
    this.#options.toEngine({
      type: 'assign',
      rank: seat.rank,
      ranks: seat.members.length,
      microbatches: membership.microbatches,
      step: replica.committed,
    });
    membership.connect().then(
      () => this.#happen({ type: 'linked', generation }),
      (error: unknown) => {
        if (membership.ended) return;
        const rank = error instanceof PeersMissing ? error.ranks[0] : undefined;
        if (rank === undefined || !(error instanceof Error)) return this.fail(error);
        this.#happen({ type: 'peerLost', generation, rank, who: whoIs(seat, rank), reason: error.message });
      },
    );
  }

  #train({ seat, stint, evaluate }: Extract<SessionEffect, { do: 'train' }>): void {
    const { replica } = this.#made;
    const { parameters, buffers } = replica.memory;
    const { microbatches, memory } = this.#membership!;
    this.#options.toEngine({
      type: 'train',
      stint,
      rank: seat.rank,
      ranks: seat.members.length,
      microbatches,
      evaluate,
      step: replica.committed,
      side: replica.side,
      replica: { parameters, buffers, averaged: replica.averaged },
      vectors: memory.vectors,
    });
  }

  #committed(membership: Membership, report: StepReport): void {
    this.#report = report;
    this.#options.observer?.committed(report);
    const { step, sums } = report;
    // Before the engine goes on, which writes the vector again.
    this.#made.giver.committed(step, membership.memory.result);
    const { generation } = membership.generation;
    this.#happen({ type: 'committed', generation, step, stop: sums.stop });
  }

  #answer({ generation, engineBusy, afterGiving }: Extract<SessionEffect, { do: 'answer' }>): void {
    const { replica, giver } = this.#made;
    const answer = digestsMessage(generation, replica, this.#isBusy(engineBusy));
    if (!afterGiving) return this.#link.send(answer);
    void giver.sent().then(() => this.#link.send(answer));
  }

  #isBusy(busy: Busy): boolean {
    return busy === 'stepping' ? (this.#membership?.computing ?? false) : busy;
  }

  #checkpoint(generation: number): void {
    const { replica } = this.#made;
    const snapshot = replica.snapshot();
    // What is told is what is in the file; and to hash a large network takes a tenth of a second.
    this.#link.report(digestsMessage(generation, replica, null, snapshot.digests));
    this.#link.upload(snapshot);
    this.#strike('checkpointing');
  }

  #leave(verdict: Verdict): void {
    this.#verdict = verdict;
    this.#membership?.end();
    this.#workshop?.giver.ceaseAll();
    this.#options.toEngine({ type: 'halt' });
    // What was sent is flushed; then the engine's thread is told to leave.
    this.#link.close('goingAway');
  }

  #strike(point: 'checkpointing' | 'healing'): void {
    const { fault = NO_FAULT } = this.#options;
    fault(point, this.#made.replica.committed, this.#rank);
  }

  /** In the present generation, or the one before. */
  get #rank(): number {
    return this.#membership?.generation.rank ?? 0;
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fail(error);
    }
  }
}

function whoIs({ members }: Announcement, rank: number | null): string {
  return rank === null ? 'the coordinator (star)' : (members[rank]?.name ?? `rank ${rank}`);
}
