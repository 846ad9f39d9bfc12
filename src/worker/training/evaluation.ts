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

/** Runs this rank's chunks of the validation samples on the committed state. */
export async function evaluate(
  stint: Stint,
  side: Side,
  control: StintControl,
  committed: number,
  { blueprint, programs, samples, fault }: Pick<TrainingParts, 'blueprint' | 'programs' | 'samples' | 'fault'>,
): Promise<readonly ChunkSums[]> {
  const { network } = blueprint;
  const parameters = (stint.replica.averaged ?? stint.replica.parameters)[side];
  const buffers = stint.replica.buffers[side];
  const mine = chunksOf(blueprint, stint);
  const sums: ChunkSums[] = [];
  let ahead = mine.length > 0 ? samples.evaluation(mine[0]!.chunk) : null;
  for (const [place, { index, chunk }] of mine.entries()) {
    const slot = await ahead!;
    // A halted one asks for no more: the next stint would wait for what nobody wants.
    const following = control.halted ? undefined : mine[place + 1];
    // Asked for before this one is computed, so that it is decoded meanwhile.
    ahead = following === undefined ? null : samples.evaluation(following.chunk);
    if (!control.halted) {
      fault(committed, stint.rank, parameters, 'evaluating');
      const { count, images, labels } = slot;
      const result = await programs.forward(count).run({ images, labels, parameters, buffers, masks: [] });
      const counted = network.classes <= COUNTED_CLASSES ? countsOf(result.logits, labels, count, network) : {};
      const shown = shownOf(result.logits, network.outputs, { chunk, samples: blueprint.dataset.validationSamples });
      const seen = shown.length === 0 ? {} : { shown };
      sums.push({ index, ...sumOf(result, labels, count, network.outputs), ...counted, ...seen });
    }
    slot.release();
    if (ahead === null) break;
  }
  return sums;
}
