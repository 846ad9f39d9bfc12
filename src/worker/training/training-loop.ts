import type { Range } from '../../shared/plan/microbatches.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import { type Leaf, planAccumulation } from '../assignment/accumulation.ts';
import { evaluate } from './evaluation.ts';
import type { Side } from '../assignment/memory.ts';
import type { StintControl } from './stint-control.ts';
import type { Microbatch } from './samples.ts';
import { StepClock } from './step-clock.ts';
import { sumOf, weightsOf, writeTail } from '../assignment/tail.ts';
import type { Stint, TrainingParts } from './training-parts.ts';

/**
 * Trains as the given rank until a commit says that it was the last one, or the stint is halted. Where no step is left, the
 * evaluation after the last one is what was lost: it is made up for.
 */
export async function train(stint: Stint, held: Range, control: StintControl, parts: TrainingParts): Promise<void> {
  const { samples, post, blueprint, trace } = parts;
  const accumulation = planAccumulation(blueprint.microbatches, held);
  let side = stint.side;
  if (stint.step >= totalSteps(blueprint.plan)) {
    const chunks = await evaluate(stint, side, control, parts);
    return post({ type: 'evaluated', step: stint.step, chunks });
  }
  for (let step = stint.step; ; step++) {
    const clock = new StepClock(parts.now);
    for (const leaf of accumulation.leaves) {
      const asked = trace.now();
      const microbatch = await clock.wait(samples.next());
      trace.span('wait for samples', asked, { step });
      if (control.halted) return microbatch.release();
      parts.fault(step, stint.rank);
      await computeLeaf(leaf, leaf === accumulation.leaves.at(-1), microbatch, stint, side, parts);
      microbatch.release();
    }
    post({ type: 'computed', step, times: clock.times() });
    const computed = trace.now();
    const committed = await control.next();
    trace.span('wait for the commit', computed, { step });
    if (committed === null) return;
    side = committed.side;
    if (committed.evaluate) {
      const begun = trace.now();
      const chunks = await evaluate(stint, side, control, parts);
      trace.span('evaluation', begun, { step });
      post({ type: 'evaluated', step: step + 1, chunks });
    }
    if (committed.last) return;
  }
}

/**
 * Computes one microbatch into its vector and adds what that completes. With the last one, buckets leave while backward
 * still computes the later ones: earlier sums are complete by then, so each bucket needs only its own additions.
 */
async function computeLeaf(
  leaf: Leaf,
  last: boolean,
  { step, microbatch, count, images, labels, masks }: Microbatch,
  stint: Stint,
  side: Side,
  { blueprint, programs, add, post, trace }: TrainingParts,
): Promise<void> {
  const { layout, buckets, network, dataset } = blueprint;
  const vector = stint.vectors[leaf.vector]!;
  const addUp = (range: Range) => {
    for (const { into, from } of leaf.adds) add(stint.vectors[into]!, stint.vectors[from]!, range);
  };
  if (count === 0) {
    vector.fill(0);
    return addUp({ start: 0, end: layout.length });
  }
  const inputs = {
    images,
    labels,
    masks,
    parameters: stint.replica.parameters[side],
    buffers: stint.replica.buffers[side],
  };
  const begun = trace.now();
  let since = begun;
  // The last one before the tail, which is complete a moment later: both leave with `computed`, as waking the transport
  // thread takes longer than that moment.
  const final = buckets.ranges.length - 2;
  const onBucket = (bucket: number) => {
    trace.span(bucket === 0 ? 'forward, backward' : 'backward', since, { step, bucket });
    if (last) {
      addUp(buckets.ranges[bucket]!);
      if (bucket < final) post({ type: 'contribute', step, bucket });
    }
    since = trace.now();
  };
  const result = await programs.training(count).run(inputs, { vector, onBucket });
  trace.span('microbatch', begun, { step, microbatch, samples: count });
  const sums = sumOf(result, labels, count, network.outputs);
  if (dataset.classWeights !== undefined) sums.weights = weightsOf(labels, count, dataset.classWeights);
  writeTail(vector, layout, result.statistics, sums);
  addUp(last ? buckets.ranges.at(-1)! : { start: 0, end: layout.length });
}
