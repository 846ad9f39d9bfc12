import type { Range } from '../../shared/plan/microbatches.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import { type Leaf, planAccumulation } from '../assignment/accumulation.ts';
import { evaluate } from './evaluation.ts';
import { Inspector } from './inspector.ts';
import type { Side } from '../assignment/memory.ts';
import type { StintControl } from './stint-control.ts';
import type { Microbatch } from './samples.ts';
import { StepClock } from './step-clock.ts';
import { sumOf, weightsOf, weightsOfTargets, writeTail } from '../assignment/tail.ts';
import type { Stint, TrainingParts } from './training-parts.ts';

/** Trains as the given rank until a commit says that it was the last one, or the stint is halted. */
export async function train(stint: Stint, control: StintControl, parts: TrainingParts): Promise<void> {
  const { samples, post, blueprint, trace } = parts;
  const { stint: number, microbatches: held } = stint;
  const accumulation = planAccumulation(blueprint.microbatches, held, parts.abreast);
  const inspector = new Inspector(blueprint, parts.programs);
  let side = stint.side;
  if (stint.evaluate) {
    const chunks = await evaluate(stint, side, control, stint.step, parts);
    if (control.halted) return;
    post({ type: 'evaluated', stint: number, step: stint.step, chunks });
  }
  if (stint.step >= totalSteps(blueprint.plan)) return;
  for (let step = stint.step; ; step++) {
    const clock = new StepClock(parts.now);
    let lossSum = 0;
    for (const group of accumulation.groups) {
      const microbatches: Microbatch[] = [];
      try {
        while (microbatches.length < group.length) {
          // What follows may be assigned to the next stint already.
          if (control.halted) return;
          const asked = trace.now();
          microbatches.push(await clock.wait(samples.next()));
          trace.span('wait for samples', asked, { step });
          if (control.halted) return;
        }
        parts.fault(step, stint.rank, stint.replica.parameters[side]);
        inspector.take(microbatches[0]!);
        lossSum += await computeGroup(group, group === accumulation.groups.at(-1), microbatches, stint, side, parts);
      } finally {
        for (const microbatch of microbatches) microbatch.release();
      }
    }
    const ownLossSum = held.end > held.start ? lossSum : null;
    post({ type: 'computed', stint: number, step, times: clock.times(), ownLossSum });
    const computed = trace.now();
    const committed = await control.next();
    trace.span('wait for the commit', computed, { step });
    if (committed === null) return;
    side = committed.side;
    if (inspector.isDue) {
      const looked = trace.now();
      const inspection = await inspector.look(step, side, stint.replica, stint.vectors[0]!);
      trace.span('look inside', looked, { step });
      if (control.halted) return;
      post({ type: 'inspected', stint: number, inspection });
    }
    if (committed.evaluate) {
      const begun = trace.now();
      const chunks = await evaluate(stint, side, control, step + 1, parts);
      trace.span('evaluation', begun, { step });
      if (control.halted) return;
      post({ type: 'evaluated', stint: number, step: step + 1, chunks });
    }
    if (committed.last) return;
  }
}

/** A microbatch and where it goes. */
interface Planned {
  readonly leaf: Leaf;
  readonly microbatch: Microbatch;
}

/**
 * Computes the microbatches of a group at once, as far as they are of one size: programs are for a number of samples. Returns
 * the sum of their losses.
 */
async function computeGroup(
  group: readonly Leaf[],
  last: boolean,
  microbatches: readonly Microbatch[],
  stint: Stint,
  side: Side,
  parts: TrainingParts,
): Promise<number> {
  const rows: Planned[][] = [];
  for (const [index, leaf] of group.entries()) {
    const microbatch = microbatches[index]!;
    const row = rows.at(-1);
    if (row?.[0]?.microbatch.count === microbatch.count) row.push({ leaf, microbatch });
    else rows.push([{ leaf, microbatch }]);
  }
  let lossSum = 0;
  for (const row of rows) lossSum += await computeRow(row, last && row === rows.at(-1), stint, side, parts);
  return lossSum;
}

/**
 * Computes microbatches of one size into their vectors and adds what that completes. With the last ones, buckets leave while
 * backward still computes the later ones: earlier sums are complete by then, so each bucket needs only its own additions.
 */
async function computeRow(
  row: readonly Planned[],
  last: boolean,
  stint: Stint,
  side: Side,
  { blueprint, programs, add, post, trace }: TrainingParts,
): Promise<number> {
  const { layout, buckets, network, dataset } = blueprint;
  const { step, microbatch: first, count } = row[0]!.microbatch;
  const vectorOf = (leaf: Leaf) => stint.vectors[leaf.vector]!;
  const addUp = (range: Range) => {
    for (const { leaf } of row) {
      for (const { into, from } of leaf.adds) add(stint.vectors[into]!, stint.vectors[from]!, range);
    }
  };
  if (count === 0) {
    for (const { leaf } of row) vectorOf(leaf).fill(0);
    addUp({ start: 0, end: layout.length });
    return 0;
  }
  const shares = row.map(({ leaf, microbatch: { images, labels, targets, masks } }) => ({
    inputs: {
      images,
      labels,
      ...(targets === undefined || targets.length === 0 ? {} : { targets }),
      masks,
      parameters: stint.replica.parameters[side],
      buffers: stint.replica.buffers[side],
    },
    vector: vectorOf(leaf),
  }));
  const begun = trace.now();
  let since = begun;
  // The last one before the tail, which is complete a moment later: both leave with `computed`, as waking the transport
  // thread takes longer than that moment.
  const final = buckets.ranges.length - 2;
  const onBucket = (bucket: number) => {
    trace.span(bucket === 0 ? 'forward, backward' : 'backward', since, { step, bucket });
    if (last) {
      addUp(buckets.ranges[bucket]!);
      if (bucket < final) post({ type: 'contribute', stint: stint.stint, step, bucket });
    }
    since = trace.now();
  };
  const results = await programs.training(count).runAbreast(shares, onBucket);
  trace.span('microbatch', begun, { step, microbatch: first, samples: count * row.length });
  let lossSum = 0;
  for (const [index, result] of results.entries()) {
    const { vector, inputs } = shares[index]!;
    const sums = sumOf(result, inputs.labels, count, network.outputs);
    if (dataset.classWeights !== undefined) {
      sums.weights =
        inputs.targets === undefined
          ? weightsOf(inputs.labels, count, dataset.classWeights)
          : weightsOfTargets(inputs.targets, network.outputs, dataset.classWeights);
    }
    writeTail(vector, layout, result.statistics, sums);
    lossSum += sums.lossSum;
  }
  addUp(last ? buckets.ranges.at(-1)! : { start: 0, end: layout.length });
  return lossSum;
}
