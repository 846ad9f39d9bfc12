import type { Range } from '../../shared/plan/microbatches.ts';
import type { Deaths } from './crash-loop.ts';
import type { Member } from './member.ts';
import type { Outcome } from './outcome.ts';
import { countOf, tallyOf } from './tally.ts';
import type { Dealing } from './share.ts';

/** A set of workers that train together, from its first step until the set changes or the run ends. */
export interface Generation {
  readonly number: number;
  /** Whoever shows it may connect to the members. Empty until the generation is written ahead. */
  readonly key: string;
  readonly topology: 'mesh' | 'star';
  readonly firstStep: number;
  /** In the order of ranks. */
  readonly members: readonly Seat[];
  /** By rank. */
  readonly microbatches: readonly Range[];
}

interface Seat {
  readonly id: string;
  readonly name: string;
  readonly address: string | null;
  /** Of the certificate that it shows peers; undefined: they go by what they trust. */
  readonly fingerprint?: string | undefined;
}

/** What a generation is stopped for: to go on in another one, or to end the run as `outcome` says. */
export type Aim = { readonly to: 'recover' } | { readonly to: 'end'; readonly outcome: Outcome };

/** Where a run stands, with what it needs to know there. Each wait has its end: `until`. */
export type Phase =
  /** Fewer workers than wanted are here. All that come begin from the same checkpoint, or from the beginning. */
  | { readonly name: 'gathering'; readonly since: number; readonly until: number; readonly remindAt: number }
  /** Enough workers are here (`need`: that many); some still compile, allocate, or receive the checkpoint. */
  | { readonly name: 'preparing'; readonly need: number; readonly until: number }
  /** Nobody holds more than the newest checkpoint: the record is cut back to it. */
  | { readonly name: 'rewinding' }
  /**
   * The coordinator was started again: the members of the last generation may train on without it, and come back. `until`: for how
   * long the others are waited for. `stranded`: ids of those that came back and cannot go on.
   */
  | { readonly name: 'returning'; readonly until: number; readonly stranded: readonly string[] }
  /** The generation is written ahead (`announced`: it is); its members connect to each other. */
  | {
      readonly name: 'connecting';
      readonly announced: boolean;
      readonly since: number;
      readonly until: number;
      readonly why: string;
    }
  /**
   * Steps are committed, evaluations and checkpoints come in. `admitAt`: when a worker that is healed is let in. `remindAt`: when to say
   * that all members are away; null: not all are.
   */
  | { readonly name: 'training'; readonly admitAt: number | null; readonly remindAt: number | null }
  /** Everybody commits the running step, then stands still. `admits`: ids of workers that are waited for then. */
  | {
      readonly name: 'draining';
      readonly aim: Aim;
      readonly until: number;
      readonly because: string;
      readonly admits: readonly string[];
    }
  /**
   * The running step was dropped; the members say which step they have committed. `stalledMs`: for how long nobody had reported
   * anything when it was dropped for that, which their answers explain; null: it was dropped for something else. `named`: ids of
   * those to which others lost their connection.
   */
  | {
      readonly name: 'halting';
      readonly aim: Aim;
      readonly until: number;
      readonly because: string;
      readonly stalledMs: number | null;
      readonly named: readonly string[];
    }
  /** All stand still, and the newest state is known: who lacks it gets it. `admits`: as in `draining`. */
  | {
      readonly name: 'agreeing';
      readonly target: number;
      readonly until: number;
      readonly because: string;
      readonly admits: readonly string[];
    }
  /**
   * The same with fewer workers than `--min-workers`: the run waits for others. Or with enough of them, and somebody wants it held.
   * `parkAt`: when the state is saved meanwhile.
   */
  | {
      readonly name: 'waiting';
      readonly target: number;
      readonly since: number;
      readonly until: number;
      readonly remindAt: number;
      readonly parkAt: number | null;
      readonly because: string;
    }
  /**
   * The newest state is on its way here; `from` says which worker sends which step (`asked`: what it has sent before is not
   * enough, so it was asked for it), null: only the disk is waited for.
   * `outcome`: how the run ends then; null: it does not, for the one that holds the state wants to leave, and others may come.
   */
  | {
      readonly name: 'saving';
      readonly from: { readonly worker: string; readonly step: number; readonly asked: boolean } | null;
      readonly until: number | null;
      readonly outcome: Outcome | null;
    }
  /** The end: the workers are told to leave. */
  | { readonly name: 'finished'; readonly outcome: Outcome };

export type PhaseName = Phase['name'];
export type InPhase<N extends PhaseName> = Extract<Phase, { readonly name: N }>;

/** A person asked the run to end: when that was, and when to look whether the last checkpoint still arrives. */
interface Stopping {
  readonly reason: string;
  readonly began: number;
  readonly lookAt: number;
}

/** Until somebody says that it goes on, or only until the state is saved. */
export type Hold = 'pause' | 'save';

/** The members were asked for a sign of life: who has still to give it, and who has not given it in time. */
interface Probe {
  readonly at: number;
  readonly pending: readonly string[];
  readonly silent: readonly string[];
  readonly answered: number;
}

/** Everything that decides what happens next, but for what was reported of steps. */
export interface RunModel {
  readonly phase: Phase;
  /** In the order in which they came. */
  readonly members: readonly Member[];
  /** How many were given an id so far. */
  readonly came: number;
  /** The newest one; null: there was none yet, or it is not to be gone on with. */
  readonly generation: Generation | null;
  /** The highest number that any had. */
  readonly lastNumber: number;
  /** Some generation has begun to train. */
  readonly begun: boolean;
  /** What all begin with that come while nobody has trained on: committed steps, and the digest of the weights where one is known. */
  readonly base: { readonly step: number; readonly digest: string | null };
  readonly stopping: Stopping | null;
  /** A person wants all to stand still after a committed step; null: nobody does. */
  readonly hold: Hold | null;
  /** By name. */
  readonly deaths: Readonly<Record<string, Deaths>>;
  /** Names of workers that nobody will start again, with what they ended with. */
  readonly givenUp: Readonly<Record<string, string>>;
  /** How often the members were set down again without a loss, and at which step. */
  readonly again: { readonly step: number; readonly times: number };
  /** The newest step when a running one was dropped that was to be the last of its generation, as it took too long; -1: none was. */
  readonly hurried: number;
  /** Those that peers could not reach in a mesh, by id, with what was seen of that. */
  readonly unmeshed: Readonly<Record<string, string>>;
  /** For one of them was slow; null: not since the members are these. */
  readonly dealing: Dealing | null;
  /** Since the members are these; null: there was no need. */
  readonly probe: Probe | null;
}

/** Nothing that happens afterwards changes the outcome. */
export function isOver(model: RunModel): boolean {
  return model.phase.name === 'finished';
}

/** The members have been set down again at the step that they are at, as nobody was to blame for it. */
export function isBlameless({ again }: Pick<RunModel, 'again'>, { complete }: { readonly complete: number }): boolean {
  return again.times > 0 && again.step === complete;
}

/** As the status page and logs name it. */
export type ShownPhase = PhaseName | 'paused' | 'failed';

export function shownPhase({ phase, hold }: RunModel): ShownPhase {
  if (phase.name === 'waiting' && hold === 'pause') return 'paused';
  if (phase.name !== 'finished') return phase.name;
  return phase.outcome.status === 'failed' || phase.outcome.status === 'diverged' ? 'failed' : 'finished';
}

/** Of each generation's members, who never change: among thousands, each is asked for with every message. */
const ranks = new WeakMap<Generation['members'], ReadonlyMap<string, number>>();

/** The rank of each member, by its id. */
export function ranksIn({ members }: Generation): ReadonlyMap<string, number> {
  const known = ranks.get(members) ?? new Map(members.map(({ id }, rank) => [id, rank]));
  ranks.set(members, known);
  return known;
}

/** A member of the present generation. */
export function isSeatedIn(generation: Generation | null, id: string): boolean {
  return generation !== null && ranksIn(generation).has(id);
}

/** It is ready, and all seats are taken. */
export function isSpare({ generation, members }: RunModel, { id, state }: Member): boolean {
  if (generation === null || state.name !== 'ready' || isSeatedIn(generation, id)) return false;
  return countOf(tallyOf(members).all, 'healing', 'healed') === 0;
}
