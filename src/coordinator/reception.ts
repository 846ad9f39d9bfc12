import type { CoordinatorChannel } from '../shared/link/channel.ts';
import { holdBack } from './held-channel.ts';
import { type RunStatus, statusOf, type StatusSources } from './http/status.ts';
import { type ShownState, shownState } from './membership/member.ts';
import { isOver, isSpare } from './membership/model.ts';

type ReceptionState =
  /** The dataset is being read. `early`: workers that are here already. */
  | { readonly name: 'opening'; readonly early: CoordinatorChannel[] }
  /** There is a run that takes workers, or sends them away. */
  | { readonly name: 'open'; readonly sources: StatusSources };

/** Who is met at the coordinator's port: from when it is taken, which is before there is a run. */
export class Reception {
  #state: ReceptionState = { name: 'opening', early: [] };

  /** A worker has connected to the control endpoint. */
  admit(channel: CoordinatorChannel): void {
    if (this.#state.name === 'opening') this.#state.early.push(holdBack(channel));
    else this.#state.sources.run.admit(channel);
  }

  /** From here on workers are the run's, and so are those that came early. */
  open(sources: StatusSources): void {
    if (this.#state.name !== 'opening') throw new Error('the reception was open already');
    const { early } = this.#state;
    this.#state = { name: 'open', sources };
    for (const channel of early) sources.run.admit(channel);
  }

  /** Whether workers can join or are training. */
  get ready(): boolean {
    return this.#state.name === 'open' && !isOver(this.#state.sources.run.model);
  }

  /** Where the workers stand, by the names that metrics have for it. */
  get shown(): readonly ShownState[] {
    if (this.#state.name !== 'open') return [];
    const { model } = this.#state.sources.run;
    return model.members.map((member) => shownState(member, isSpare(model, member)));
  }

  get status(): RunStatus {
    return this.#state.name === 'open' ? statusOf(this.#state.sources) : { state: 'opening' };
  }
}
