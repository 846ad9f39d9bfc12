import { stateParts } from '../../shared/checkpoint/assembly.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Closed, WorkerChannel } from '../../shared/link/channel.ts';
import { pauseBefore, REACH_AGAIN } from '../../shared/link/back-off.ts';
import type { CloseName } from '../../shared/protocol/close-codes.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { Recorded } from '../session/model.ts';
import { type Kept, Outbox, type Snapshot } from './outbox.ts';

/** How the coordinator is reached: over sockets, or in a test. */
export interface ControlOptions {
  /** Rejects with UNREACHABLE where it is worth trying again in any case. */
  readonly connect: (signal: AbortSignal) => Promise<WorkerChannel>;
  /** How long it is looked for in the beginning: the two may be started in any order. */
  readonly firstWaitMs: number;
  /** How long after it was lost. */
  readonly waitMs: number;
  /** [0, 1) */
  readonly random: () => number;
}

export interface ControlLinkOptions extends ControlOptions {
  /** Seconds. */
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
  readonly log: (message: string) => void;
}

export interface ControlLinkHandlers {
  /** A connection is open: the greeting is due, nothing else. */
  readonly onUp: () => void;
  readonly onMessage: (message: ToWorker) => void;
  /** It has ended; not after `close`. */
  readonly onDown: (closed: Closed) => void;
  /** It cannot be had. */
  readonly onGivenUp: (error: unknown) => void;
  /** After `close`: what was sent is flushed. */
  readonly onClosed: () => void;
}

/**
 * The connection to the coordinator, which is opened again when it was lost, and what is told over it. Between the greeting
 * and the coordinator's answer (`settle`) nothing is sent: until then it is not clear who we are to it.
 */
export class ControlLink {
  readonly #options: ControlLinkOptions;
  readonly #handlers: ControlLinkHandlers;
  readonly #outbox = new Outbox();
  readonly #abort = new AbortController();
  #channel: WorkerChannel | null = null;
  #settled = false;
  #keeps = true;
  /** Checkpoints on their way that were forgotten are those of an earlier one. */
  #epoch = 0;
  #everSettled = false;
  #closed = false;
  #dialled = false;
  /** Pauses since it was settled last. */
  #pauses = 0;
  /** Code of what was told last of attempts that fail; null: nothing since it was settled. */
  #complaint: string | null = null;
  /** Seconds: when it is no longer looked for; null: it is not looked for. */
  #deadline: number | null = null;
  #cancelPause: () => void = () => undefined;
  /** Checkpoints go one after the other. */
  #uploads: Promise<void> = Promise.resolve();
  /** How many of them are not sent. */
  #waiting = 0;

  constructor(options: ControlLinkOptions, handlers: ControlLinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Looks for the coordinator until it is found or `onGivenUp` is told. */
  dial(): void {
    const { now, firstWaitMs, waitMs } = this.#options;
    this.#deadline ??= now() + (this.#everSettled ? waitMs : firstWaitMs) / 1000;
    if (this.#dialled) return this.#later(null);
    this.#dialled = true;
    void this.#attempt();
  }

  /** The coordinator knows who we are. `keeps`: it says what it has recorded, and keeps our place when the link is lost. */
  settle(keeps: boolean): void {
    if (this.#channel === null) return;
    this.#keeps = keeps;
    this.#settled = true;
    this.#everSettled = true;
    this.#pauses = 0;
    this.#complaint = null;
    this.#deadline = null;
  }

  /** The greeting, or a farewell: sent as soon as there is a connection. */
  say(message: ToCoordinator): void {
    this.#channel?.send(message);
  }

  /** What is only of use now: dropped while the link is down. */
  send(message: ToCoordinator): void {
    if (this.#settled) this.#channel?.send(message);
  }

  /** What must not be lost: sent, and kept until it is recorded. */
  report(message: Kept): void {
    if (this.#keeps) this.#outbox.keep(message);
    this.send(message);
  }

  /** The same for a checkpoint: the newest is kept. */
  upload(snapshot: Snapshot): void {
    if (this.#keeps) this.#outbox.keepSnapshot(snapshot);
    if (this.#settled) this.#upload(snapshot);
  }

  /** A checkpoint is on its way. */
  get uploading(): boolean {
    return this.#settled && this.#waiting > 0;
  }

  /** Resolves when no checkpoint is on its way: at once while the link is down. */
  uploaded(): Promise<void> {
    return this.#settled ? this.#uploads : Promise.resolve();
  }

  recorded(recorded: Recorded): void {
    this.#outbox.recorded(recorded);
  }

  /** Sends again all that is not recorded. */
  resend(): void {
    for (const message of this.#outbox.messages) this.send(message);
    const { snapshot } = this.#outbox;
    if (snapshot !== null) this.#upload(snapshot);
  }

  /** Nobody needs what was told before. */
  forget(): void {
    this.#epoch++;
    this.#outbox.clear();
  }

  /**
   * Sends bulk no faster than it is taken. False: not all, because the link was lost, or it is not `wanted` any more.
   */
  async stream(messages: Iterable<ToCoordinator>, wanted: () => boolean = () => true): Promise<boolean> {
    const channel = this.#channel;
    for (const message of messages) {
      if (channel === null || channel !== this.#channel || !this.#settled || !wanted()) return false;
      channel.send(message);
      try {
        await channel.drained();
      } catch {
        // It is closed, as `onDown` tells.
        return false;
      }
    }
    return true;
  }

  /** Ends it for good. */
  close(name: CloseName): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#abort.abort();
    this.#cancelPause();
    if (this.#channel === null) this.#handlers.onClosed();
    else this.#channel.close(name);
  }

  #upload({ step, file }: Snapshot): void {
    const channel = this.#channel;
    const epoch = this.#epoch;
    this.#waiting++;
    this.#uploads = this.#uploads.then(async () => {
      // One that waited for its turn on a connection that is lost is sent again on the next, if it still is the newest.
      if (channel === this.#channel) await this.stream(stateParts(step, file), () => epoch === this.#epoch);
      this.#waiting--;
    });
  }

  async #attempt(): Promise<void> {
    let channel: WorkerChannel;
    try {
      channel = await this.#options.connect(this.#abort.signal);
    } catch (error) {
      if (this.#closed) return;
      // Whoever was let in once holds what is nowhere else, maybe: what answers meanwhile (another token, another certificate, the
      // page of a proxy) is set right by a person in time, or by nobody.
      const mends = error instanceof GradsocketError && (this.#everSettled || error.code === 'UNREACHABLE');
      if (mends) this.#later(error);
      else this.#handlers.onGivenUp(error);
      return;
    }
    if (this.#closed) return channel.close('goingAway');
    this.#channel = channel;
    channel.start({
      onMessage: (message) => {
        if (channel === this.#channel && !this.#closed) this.#handlers.onMessage(message);
      },
      onClose: (closed) => this.#ended(channel, closed),
    });
    this.#handlers.onUp();
  }

  /** Tries again after a while: at random, lest all workers come at the same moment. */
  #later(error: GradsocketError | null): void {
    const { random, now, setTimer, log } = this.#options;
    const seconds = this.#deadline! - now();
    const pause = Math.ceil(pauseBefore(this.#pauses++, REACH_AGAIN, random()));
    if (seconds <= pause / 1000) {
      this.#handlers.onGivenUp(error ?? new GradsocketError('UNREACHABLE', EXIT.tryAgain, 'It hangs up each time.'));
      return;
    }
    if (error !== null && error.code !== this.#complaint) {
      log(`${error.message} Trying for ${Math.round(seconds)} s.`);
      this.#complaint = error.code;
    }
    this.#cancelPause = setTimer(() => void this.#attempt(), pause);
  }

  #ended(channel: WorkerChannel, closed: Closed): void {
    if (channel !== this.#channel) return;
    this.#channel = null;
    this.#settled = false;
    if (this.#closed) this.#handlers.onClosed();
    else this.#handlers.onDown(closed);
  }
}
