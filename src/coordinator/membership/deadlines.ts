/** How long the coordinator waits for what, in milliseconds. Every wait of a run ends by one of these. */
export interface Deadlines {
  /** From the start until all wanted workers have said hello: machines may have to be started first. */
  readonly gather: number;
  /** How often to say who is still missing meanwhile. */
  readonly remind: number;
  /** From the last hello until the last `ready`: compiling, allocating, reading the checkpoint. */
  readonly prepare: number;
  /** From `generation` until the last `connected`. */
  readonly connect: number;
  /** The same for a mesh, where the coordinator can do instead. Longer than it takes to find out who stands still. */
  readonly mesh: number;
  /** A worker whose control connection broke may come back for this long, while the others get on. */
  readonly away: number;
  /** The same, while nobody commits anything. Slow steps stretch it, see `missedAfter`. */
  readonly missed: number;
  /**
   * After a restart of the coordinator, for the first of the workers that may still train: an attempt of theirs may be under way to a place that is
   * gone (10 s), the next comes up to 2 s later, and where a service has to see first that the coordinator is ready, that takes seconds, too.
   */
  readonly firstReturn: number;
  /** The same where its own workers ended with it: others, of elsewhere, may be left. */
  readonly strayReturn: number;
  /** From the first that came back until the others are given up. */
  readonly rejoin: number;
  /** For others that are healed, too, once one could be let in. */
  readonly together: number;
  /** At a boundary, for the workers for whose sake it was made. */
  readonly admit: number;
  /** Between two signs that a worker is being healed, while others wait for it. */
  readonly heal: number;
  /** Of a run that waits for workers, until its state is saved. */
  readonly parking: number;
  /** From the last that came until a run whose workers were all lost begins with fewer than it wants. */
  readonly regather: number;
  /** Nothing was heard of a step: the members are asked for a sign of life. Slow steps stretch it, see `suspectAfter`. */
  readonly suspect: number;
  /** For that sign, which the thread gives that has nothing else to wait for. */
  readonly answer: number;
  /** Nothing at all was heard of a step, evaluation or checkpoint. Slow steps stretch it, see `stallAfter`. */
  readonly stall: number;
  /** The first step also pays for the first samples, and nothing is known of how long one takes. */
  readonly firstStep: number;
  /** The same, of a worker that comes later: of the others it is known. */
  readonly untried: number;
  /** Two workers differ: for what the others say. Slow steps stretch it, see `verdictAfter`. */
  readonly verdict: number;
  /** After `halt`, for `weights`. */
  readonly halt: number;
  /** The same, after an interrupt: whoever pressed Ctrl-C waits. */
  readonly haltNow: number;
  /** Between two parts of a checkpoint that was asked for. */
  readonly uploadPart: number;
  /** After an interrupt, for the running step to be committed by everybody. */
  readonly drain: number;
  /** After an interrupt, until the coordinator leaves, unless a checkpoint is just arriving. */
  readonly interrupt: number;
  /** The same, with a checkpoint that keeps arriving. */
  readonly interruptAtMost: number;
  /** For the other side to close its socket after `leave`. */
  readonly goodbye: number;
}

export const DEADLINES: Deadlines = {
  gather: 30 * 60_000,
  remind: 30_000,
  prepare: 5 * 60_000,
  connect: 60_000,
  mesh: 15_000,
  away: 10_000,
  missed: 1_000,
  firstReturn: 15_000,
  strayReturn: 3_000,
  rejoin: 10_000,
  together: 200,
  admit: 5_000,
  heal: 30_000,
  parking: 30_000,
  regather: 10_000,
  suspect: 2_000,
  answer: 2_000,
  stall: 10_000,
  firstStep: 10 * 60_000,
  untried: 2 * 60_000,
  verdict: 5_000,
  halt: 5_000,
  haltNow: 400,
  uploadPart: 30_000,
  drain: 800,
  interrupt: 1_600,
  interruptAtMost: 20_000,
  goodbye: 1_000,
};
