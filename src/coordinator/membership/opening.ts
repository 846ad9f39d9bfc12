import { generationOf } from './generation.ts';
import type { Member } from './member.ts';
import type { Generation, Phase, RunModel } from './model.ts';
import type { RunOptions } from './run-options.ts';

/** Of what a run has not seen yet. */
export const NOTHING_YET = {
  members: [],
  came: 0,
  generation: null,
  begun: false,
  stopping: null,
  hold: null,
  deaths: {},
  givenUp: {},
  again: { step: -1, times: 0 },
  hurried: -1,
  unmeshed: {},
  dealing: null,
  probe: null,
} as const satisfies Partial<RunModel>;

/** What a run is before anything has happened: what the record of it says, if it goes on. */
export function openingModel(options: RunOptions): RunModel {
  const { keeper, resume, clock, deadlines, changed, earlier, paused, workersLiveOn } = options;
  const { ledger } = keeper;
  const base = { step: resume?.step ?? 0, digest: resume?.weightsDigest ?? null };
  // Whoever was told to leave is gone.
  const ended = earlier !== null && earlier.generations >= ledger.lastGeneration;
  const goesOn = !changed && !ended;
  const model: RunModel = {
    ...NOTHING_YET,
    hold: paused && workersLiveOn && goesOn ? 'pause' : null,
    phase: { name: 'gathering', since: clock.now(), until: clock.now(), remindAt: clock.now() },
    lastNumber: ledger.lastGeneration,
    base,
  };
  if (ledger.generation !== null && goesOn) {
    const generation = generationOf(ledger.generation);
    const members = generation.members.map((seat) => absent(seat, generation, clock.now()));
    const came = Math.max(0, ...generation.members.map(({ id }) => Number(id.slice(1)) || 0));
    const phase: Phase = {
      name: 'returning',
      until: clock.now() + (workersLiveOn ? deadlines.firstReturn : deadlines.strayReturn),
      stranded: [],
    };
    return { ...model, phase, members, came, generation, lastNumber: ledger.lastGeneration };
  }
  return ledger.steps > base.step ? { ...model, phase: { name: 'rewinding' } } : model;
}

/** A member of the last generation that has not come back. */
function absent(
  { id, name, address }: Generation['members'][number],
  { number, firstStep }: Generation,
  now: number,
): Member {
  const hello = { type: 'hello', version: 0, name, engine: null, device: '', threads: null, address } as const;
  const ready = { step: firstStep, weightsDigest: '', engine: null, device: '', threads: null };
  const why = 'the coordinator was started again';
  return {
    id,
    name,
    hello,
    remote: 'unknown',
    link: null,
    told: number,
    // By the process that was.
    welcomes: 1,
    leaving: false,
    state: { name: 'away', before: { name: 'training', ready }, since: now, until: Number.POSITIVE_INFINITY, why },
  };
}
