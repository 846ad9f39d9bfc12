import { RandomStream, STREAM } from '../../shared/random/stream.ts';
import { durationOf, type Fault, type RandomFaults } from './spec.ts';

export interface PlannedFault extends Fault {
  /** Seconds since the one before, or since training began. */
  readonly after: number;
}

/** The faults of a random schedule for so many workers: the same for the same seed. */
export function* randomSchedule(
  { seed, every, kinds, seconds }: RandomFaults,
  workers: number,
): Generator<PlannedFault, never> {
  const random = new RandomStream(seed, STREAM.chaos);
  for (;;) {
    const after = every * (0.5 + random.uniform());
    const kind = kinds[random.below(kinds.length)]!;
    yield { after, kind, rank: random.below(workers), seconds: durationOf(kind, seconds) };
  }
}
