import type { Range } from '../../shared/plan/microbatches.ts';
import { evaluationChunks } from '../../shared/plan/schedule.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { Side } from '../assignment/memory.ts';
import type { StintControl } from './stint-control.ts';
import { countsOf, shownOf, sumOf } from '../assignment/tail.ts';
import type { Stint, TrainingParts } from './training-parts.ts';
import { type ChunkSums, COUNTED_CLASSES } from '../../shared/protocol/shared.ts';

/** Which chunks of the validation samples a rank evaluates: they are dealt in turn. */
export function chunksOf(
  { dataset, evaluationChunk }: Blueprint,
  { rank, ranks }: Pick<Stint, 'rank' | 'ranks'>,
): readonly { readonly index: number; readonly chunk: Range }[] {
  return evaluationChunks(dataset.validationSamples, evaluationChunk)
    .map((chunk, index) => ({ index, chunk }))
    .filter(({ index }) => index % ranks === rank);
}

/** Runs this rank's chunks of the validation samples on the committed state: as many at once as there are cores for. */
export async function evaluate(
  stint: Stint,
  side: Side,
  control: StintControl,
  committed: number,
  {
    blueprint,
    programs,
    samples,
    fault,
    abreast,
  }: Pick<TrainingParts, 'blueprint' | 'programs' | 'samples' | 'fault' | 'abreast'>,
): Promise<readonly ChunkSums[]> {
  const { network } = blueprint;
  const parameters = (stint.replica.averaged ?? stint.replica.parameters)[side];
  const buffers = stint.replica.buffers[side];
  const groups = groupsOf(chunksOf(blueprint, stint), abreast);
  const sums: ChunkSums[] = [];
  const ask = (group: Group | undefined) => group?.map(({ chunk }) => samples.evaluation(chunk)) ?? [];
  let ahead = ask(groups[0]);
  for (const [place, group] of groups.entries()) {
    const slots = await Promise.all(ahead);
    // A halted one asks for no more: the next stint would wait for what nobody wants.
    // Asked for before this one is computed, so that it is decoded meanwhile.
    ahead = control.halted ? [] : ask(groups[place + 1]);
    if (!control.halted) {
      fault(committed, stint.rank, parameters, 'evaluating');
      const shares = slots.map(({ images, labels }) => ({
        inputs: { images, labels, parameters, buffers, masks: [] },
        vector: NOTHING,
      }));
      const results = await programs.forward(slots[0]!.count).runAbreast(shares, () => undefined);
      for (const [at, { index, chunk }] of group.entries()) {
        const { count, labels } = slots[at]!;
        const { logits, losses } = results[at]!;
        const counted = network.classes <= COUNTED_CLASSES ? countsOf(logits, labels, count, network) : {};
        const shown = shownOf(logits, network.outputs, { chunk, samples: blueprint.dataset.validationSamples });
        const seen = shown.length === 0 ? {} : { shown };
        sums.push({ index, ...sumOf({ logits, losses }, labels, count, network.outputs), ...counted, ...seen });
      }
    }
    for (const slot of slots) slot.release();
    if (ahead.length === 0) break;
  }
  return sums;
}

type Group = ReturnType<typeof chunksOf>;

/** Nobody wants gradients. */
const NOTHING = new Float32Array(0);

/** Those that follow each other and are of one size, for programs are for a number of samples. */
function groupsOf(chunks: Group, most: number): readonly Group[] {
  const groups: Group[number][][] = [];
  const sizeOf = ({ chunk }: Group[number]): number => chunk.end - chunk.start;
  for (const chunk of chunks) {
    const last = groups.at(-1);
    if (last !== undefined && last.length < most && sizeOf(last[0]!) === sizeOf(chunk)) last.push(chunk);
    else groups.push([chunk]);
  }
  return groups;
}
