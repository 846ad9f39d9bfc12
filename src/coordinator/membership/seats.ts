import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { fail } from './ending.ts';
import { announcementOf } from './generation.ts';
import { type Generation, isSeatedIn } from './model.ts';
import { type Member, readyOf } from './member.ts';
import { seat, whyNoMesh } from './seating.ts';
import type { Turn } from './turn.ts';
import * as verdicts from './verdicts.ts';

/** Gives these workers, who hold the same `step`, their ranks, and has that written before anybody hears of it. */
export function seatAll(turn: Turn, members: readonly Member[], step: number, because: string): void {
  const { microbatches, job, workers } = turn.terms;
  const { generation: before, lastNumber, dealing } = turn.model;
  // Whoever had a seat keeps one.
  const chosen = members
    .toSorted((a, b) => Number(isSeatedIn(before, b.id)) - Number(isSeatedIn(before, a.id)))
    .slice(0, workers.max);
  const candidates = chosen.map(({ id, name, hello: { address, fingerprint } }) => ({
    id,
    name,
    address,
    fingerprint,
  }));
  const noMesh =
    job.topology === 'auto'
      ? whyNoMesh(
          chosen.map(({ id, name, remote, hello: { address } }) => ({ id, name, address, remote })),
          turn.model.unmeshed,
        )
      : null;
  const seating = seat(candidates, microbatches, job.topology, turn.facts.observed.speeds, noMesh);
  if ('refused' in seating) {
    return fail(turn, new GradsocketError('NO_TOPOLOGY', EXIT.configuration, seating.refused));
  }
  const generation = {
    number: lastNumber + 1,
    key: '',
    topology: seating.topology,
    firstStep: step,
    members: seating.members,
    microbatches: seating.microbatches,
  };
  const reason = seating.shares === null ? because : `${because}; ${seating.shares}`;
  const why = `${reason}; ${seating.topology}: ${seating.why}`;
  if (noMesh !== null && before?.topology !== 'star') turn.warn(verdicts.starInstead(noMesh));
  const same = before?.members.length === chosen.length && chosen.every(({ id }) => isSeatedIn(before, id));
  turn.set({ generation, lastNumber: generation.number, dealing: same ? dealing : null, probe: null });
  turn.enter({ name: 'connecting', announced: false, ...waitFor(turn, generation), why: reason }, why);
  turn.do({ type: 'announce', generation });
}

/** For members to connect to each other: less long where there is another way. */
function waitFor(
  { now, terms: { deadlines, job } }: Turn,
  { topology }: Pick<Generation, 'topology'>,
): { readonly since: number; readonly until: number } {
  const patience = topology === 'mesh' && job.topology === 'auto' ? deadlines.mesh : deadlines.connect;
  return { since: now, until: now + patience };
}

/** The generation is on the disk: its members may hear of it. */
export function announced(turn: Turn, number: number, key: string): void {
  const { phase, model } = turn;
  if (phase.name !== 'connecting' || phase.announced || model.generation?.number !== number) return;
  const generation = { ...model.generation, key };
  turn.set({ generation });
  turn.stay({ ...phase, announced: true, ...waitFor(turn, generation) });
  turn.do({ type: 'open', generation });
  const { topology, members, firstStep, microbatches } = generation;
  const shares = members.map(({ name }, rank) => {
    const { start, end } = microbatches[rank]!;
    return { worker: name, microbatches: end - start };
  });
  const workers = members.length;
  turn.tell({ type: 'generation', generation: number, workers, step: firstStep, shares, why: phase.why });
  turn.do({ type: 'hub', generation: topology === 'star' && members.length > 1 ? generation : null });
  const announcement = announcementOf(generation);
  members.forEach(({ id }, rank) => {
    const { state, hello } = turn.member(id)!;
    const ready = readyOf(state)!;
    turn.change(id, { told: number });
    turn.put(id, { name: 'seated', ready, connected: false });
    turn.send(id, announcement(rank, hello.inflates === true));
  });
}
