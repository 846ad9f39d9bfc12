import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { Progress } from '../progress/progress.ts';
import type { Links } from './links.ts';
import type { Machine } from './machine.ts';
import { memberIn } from './member-index.ts';
import type { Member, Message } from './member.ts';
import { isSeatedIn } from './model.ts';
import type { Relay } from './relay.ts';
import { isStale, outOfTurn, requireDue } from './reports.ts';

export interface HearingOptions {
  readonly machine: Machine;
  readonly progress: Progress;
  readonly links: Links;
  readonly relay: Relay;
  /** A message of a generation that is over was dropped. */
  readonly onStale: () => void;
}

/** Takes what members say: reports are the progress's, the rest is the machine's, and what heals another member goes on to it. */
export class Hearing {
  readonly #options: HearingOptions;

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /**
   * What it returns resolves when the member may be read on.
   *
   * @throws ProtocolError where the message has no place
   */
  hear(member: Member, message: ToCoordinator): Promise<void> | void {
    const { machine, progress } = this.#options;
    switch (message.type) {
      case 'step':
        return this.#step(member, message);
      case 'evaluated':
        if (this.#isDue(member, message)) progress.evaluated(member.id, message);
        return machine.take({ type: 'reported', from: member.id });
      case 'inspected':
        if (this.#isDue(member, message)) progress.inspected(message.inspection);
        return;
      case 'weights':
        if (!this.#isDue(member, message)) return;
        progress.weights(member.id, message);
        if (message.engineBusy === null) return machine.take({ type: 'reported', from: member.id });
        return machine.take({ type: 'said', from: member.id, message });
      case 'state':
        if (message.to !== undefined) return this.#passOn(member, message.to, message);
        // Also of one that was healed when nobody else was left, and is asked for what it holds.
        if (!isSeatedIn(machine.model.generation, member.id) && member.state.name !== 'halted')
          return this.#lateState(member, message);
        progress.state(member.id, message);
        return machine.take({ type: 'reported', from: member.id });
      case 'reduced':
        return this.#passOn(member, message.to, message);
      case 'connected':
      case 'peerLost':
        if (this.#isStale(member, message.generation)) return;
        return machine.take({ type: 'said', from: member.id, message });
      case 'ready':
      case 'healed':
      case 'leaving':
      case 'failed':
      case 'done':
        return machine.take({ type: 'said', from: member.id, message });
      case 'hello':
      case 'fetch':
      case 'badSample':
        throw outOfTurn(machine.model, message);
    }
  }

  /** Of thousands of reports of a step the first and the last one mean something to the machine, which looks at all members each time. */
  #step(member: Member, message: Message<'step'>): void {
    const { machine, progress } = this.#options;
    const before = { complete: progress.complete, newest: progress.newest };
    if (this.#isDue(member, message)) progress.step(member.id, message);
    const isNews =
      machine.model.phase.name !== 'training' ||
      progress.complete !== before.complete ||
      progress.newest !== before.newest ||
      progress.dispute !== null;
    if (isNews) machine.take({ type: 'reported', from: member.id });
    // That somebody was heard of moves what it waits for.
    else machine.arm();
  }

  /** Whether a report is of the present generation. Throws where there is none that it could be of. */
  #isDue(member: Member, message: Extract<ToCoordinator, { readonly generation: number }>): boolean {
    if (this.#isStale(member, message.generation)) return false;
    requireDue(this.#options.machine.model, member, message);
    return true;
  }

  #isStale(member: Member, generation: number): boolean {
    const stale = isStale(member, generation);
    if (stale) this.#options.onStale();
    return stale;
  }

  /** It does not say of which generation it is: the one in which its sender was seated is over, or there was none. */
  #lateState({ welcomes }: Member, message: Message<'state'>): void {
    const { machine, onStale } = this.#options;
    if (machine.model.phase.name !== 'rewinding' && welcomes < 2) throw outOfTurn(machine.model, message);
    onStale();
  }

  #passOn(from: Member, to: string, part: Message<'state'> | Message<'reduced'>): Promise<void> | void {
    const { machine, links, relay } = this.#options;
    const target = memberIn(machine.model.members, to);
    const channel = links.of(to);
    // It is gone, or healed by somebody else: what was on its way for it is of no use.
    if (target === undefined || channel === null) return;
    const { state } = target;
    if ((state.name !== 'healing' && state.name !== 'healed') || state.source !== from.id) return;
    machine.take({ type: 'relayed', to });
    return relay.pass(to, channel, part);
  }
}
