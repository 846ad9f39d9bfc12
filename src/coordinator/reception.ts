import type { CoordinatorChannel } from '../shared/link/channel.ts';
import { holdBack } from './held-channel.ts';
import type { Order } from './http/routes.ts';
import { type RunStatus, statusOf, type StatusSources } from './http/status.ts';
import { type ShownState, shownState } from './membership/member.ts';
import { isOver, isSpare } from './membership/model.ts';
import { checkpointsIn, shownRun, type ViewSource } from './view/compose.ts';
import type { Pictures } from './view/pictures.ts';
import type { Commands } from './view/view.ts';

type ReceptionState =
  /** The dataset is being read. `early`: workers that are here already. */
  | { readonly name: 'opening'; readonly early: CoordinatorChannel[] }
  /** There is a run that takes workers, or sends them away. */
  | { readonly name: 'open'; readonly sources: RunSources };

/** A run, and what a person wants to know of it besides. */
export interface RunSources extends StatusSources {
  /** Name of its folder, and where its checkpoints are. */
  readonly name: string;
  readonly checkpoints: string;
  readonly commands: Commands;
  readonly pictures: Pictures;
}

/** Who is met at the coordinator's port: from when it is taken, which is before there is a run. */
export class Reception {
  #state: ReceptionState = { name: 'opening', early: [] };

  /** A worker has connected to the control endpoint. */
  admit(channel: CoordinatorChannel): void {
    if (this.#state.name === 'opening') this.#state.early.push(holdBack(channel));
    else this.#state.sources.run.admit(channel);
  }

  /** From here on workers are the run's, and so are those that came early. */
  open(sources: RunSources): void {
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

  /** What the page is made from; null: the dataset is still being read. */
  async view(): Promise<ViewSource | null> {
    if (this.#state.name !== 'open') return null;
    const { sources } = this.#state;
    const { name, checkpoints, commands, archive } = sources;
    const found = await checkpointsIn(checkpoints);
    const status = statusOf(sources);
    if (status.state === 'opening') return null;
    const { history, chronicle } = archive;
    const answers = sources.pictures.answersIn(history.lastEvaluation);
    return { name, run: shownRun(status), history, chronicle, checkpoints: found, answers, commands };
  }

  /** The picture of a sample that is shown; null: there is none. */
  async picture(sample: number): Promise<Buffer | null> {
    return this.#state.name === 'open' ? this.#state.sources.pictures.file(sample) : null;
  }

  /** Does what somebody asked for, or says why it cannot. */
  order(order: Order): string | null {
    if (this.#state.name !== 'open') return 'The dataset is still being read.';
    const { run } = this.#state.sources;
    if (isOver(run.model)) return 'This run is over.';
    switch (order) {
      case 'stop':
        run.interrupt('somebody asked for it on the page');
        return null;
      case 'checkpoint':
        return run.save();
      case 'pause':
        return run.pause();
      case 'resume':
        return run.goOn();
    }
  }
}
