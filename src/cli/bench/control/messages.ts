/** From the command to the process that simulates the workers. */
export type ToSimulation =
  | { readonly type: 'join'; readonly url: string; readonly token: string; readonly workers: number }
  /** Every worker commits a step. */
  | { readonly type: 'commit' }
  /** One worker is gone without a word. */
  | { readonly type: 'lose' }
  /** Somebody looks at the run: asks for each of the paths so many times. */
  | { readonly type: 'look'; readonly paths: readonly string[]; readonly times: number };

/** Back. Times are of `clockNow`. */
export type FromSimulation =
  /** The first worker connects. */
  | { readonly type: 'joining'; readonly at: number }
  /** All workers that are left were told to begin. */
  | { readonly type: 'begun'; readonly at: number }
  /** All workers that are left were told to leave. */
  | { readonly type: 'left'; readonly at: number }
  | { readonly type: 'committed'; readonly at: number }
  | { readonly type: 'lost'; readonly at: number }
  /** In the order of the paths. */
  | { readonly type: 'looked'; readonly answers: readonly Answer[] }
  | { readonly type: 'failed'; readonly message: string };

/** What the coordinator answered at a path. */
export interface Answer {
  readonly milliseconds: readonly number[];
  /** Of the last one. */
  readonly bytes: number;
}

/** Milliseconds, the same in all processes of a machine. */
export function clockNow(): number {
  return performance.timeOrigin + performance.now();
}
