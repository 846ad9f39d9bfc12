import type { RunView } from '../coordinator/view/view.ts';

/** A worker that was there and is not any more. */
export interface Lost {
  readonly name: string;
  readonly state: 'lost' | 'left';
  readonly why: string;
  readonly time: string;
}

/** The newest first, those that came back since left out. */
export function lostOf({ run, events }: Pick<RunView, 'run' | 'events'>): readonly Lost[] {
  const seen = new Set(run.workers.map(({ name }) => name));
  const lost: Lost[] = [];
  for (const { time, event } of events.toReversed()) {
    // Of thousands that are there the run names a part.
    if (event.type === 'workerJoined' || event.type === 'workerBack') seen.add(event.worker);
    if (event.type !== 'workerLost' && event.type !== 'workerLeft') continue;
    if (seen.has(event.worker)) continue;
    seen.add(event.worker);
    lost.push({ name: event.worker, state: event.type === 'workerLost' ? 'lost' : 'left', why: event.reason, time });
  }
  return lost;
}
