/** What setup tells whoever shows it. */
export interface SetupProgress {
  readonly phase: SetupPhase;
  /** A sentence fragment: `downloading tensorflow-cpu 2.21.0`. */
  readonly message: string;
  /** Bytes so far and in all, where that can be known. The same message comes again with more. */
  readonly bytes?: { readonly done: number; readonly total: number };
}

type SetupPhase =
  /** Another process is at it. */
  | 'wait'
  /** What is installed does not work, and is made anew. */
  | 'broken'
  | 'download'
  | 'verify'
  | 'extract'
  /** The addon's sources. */
  | 'sources'
  | 'build'
  /** Loading what was built, in a process of its own. */
  | 'trial'
  | 'done';

export type OnProgress = (progress: SetupProgress) => void;
