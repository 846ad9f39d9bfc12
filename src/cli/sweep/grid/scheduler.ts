import { EXIT, GradsocketError } from '../../../shared/errors.ts';

/** Where a run of the sweep stands. */
export type Standing =
  /** Nothing of it is there. */
  | 'missing'
  /** It has begun, and goes on from its newest checkpoint. */
  | 'begun'
  | 'running'
  /** It was trained to its last step. */
  | 'done'
  /** Its loss left the numbers: that is its result, and it would be again. */
  | 'diverged'
  /** In this sweep; a sweep that is resumed tries it again. */
  | 'failed'
  /** It was stopped in this sweep by Ctrl-C. */
  | 'interrupted';

export interface Place {
  readonly id: string;
  readonly standing: Standing;
  /** Why it failed: sentences name the run, codes are comparable. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface Decision {
  /** Runs to start now. */
  readonly start: readonly string[];
  /** Why no further run is started, where some are left; null: go on. */
  readonly stop: string | null;
}

/** So many runs that fail alike while none succeeds: the others would fail as well. */
const ALIKE = 3;

/** What to start next. Runs that have begun go first, so that an interrupted sweep leaves few halves. */
export function decide(places: readonly Place[], most: number, interrupted: boolean): Decision {
  const waiting = places.filter(({ standing }) => standing === 'missing' || standing === 'begun');
  if (waiting.length === 0) return { start: [], stop: null };
  if (interrupted) return { start: [], stop: 'interrupted' };
  const hopeless = sharedFailure(places);
  if (hopeless !== null) return { start: [], stop: hopeless };
  const free = Math.max(0, most - places.filter(({ standing }) => standing === 'running').length);
  const order = [
    ...waiting.filter(({ standing }) => standing === 'begun'),
    ...waiting.filter(({ standing }) => standing === 'missing'),
  ];
  return { start: order.slice(0, free).map(({ id }) => id), stop: null };
}

function sharedFailure(places: readonly Place[]): string | null {
  if (places.some(({ standing }) => standing === 'done' || standing === 'diverged')) return null;
  const failures = places.filter(({ standing }) => standing === 'failed').map(({ failure }) => failure);
  const first = failures[0] ?? null;
  if (first === null || failures.length < Math.min(ALIKE, places.length)) return null;
  if (failures.some((failure) => failure?.code !== first.code)) return null;
  return `the first ${failures.length} runs failed alike: ${first.message}`;
}

/** How many workers each of `parallel` runs has. All have the same: their speeds are compared, too. */
export function shareOf(workers: number, parallel: number): number {
  const share = workers / parallel;
  if (Number.isInteger(share)) return share;
  const [less, more] = [Math.floor(share) * parallel, Math.ceil(share) * parallel];
  const advice = less > 0 ? `Take ${less} or ${more} workers` : `Take ${more} workers`;
  throw new GradsocketError(
    'SWEEP_SHARES',
    EXIT.usage,
    `--workers ${workers} cannot be shared out evenly to --parallel ${parallel} runs. ${advice}, or another --parallel.`,
  );
}
