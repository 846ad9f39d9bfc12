import type { ValueId } from '../program/steps/operations.ts';
import type { StepProgram } from '../program/steps/program.ts';

/**
 * A run of consecutive operations that is one call of TensorFlow. Values that cross into later parts are fetched and
 * fed again; that costs nothing on a CPU, where handles are passed and no bytes.
 */
export interface Part {
  /** Values from outside or from earlier parts that this one reads. */
  readonly feeds: readonly ValueId[];
  /** Values of this part that the caller or a later part wants. */
  readonly fetches: readonly ValueId[];
  /** Fed or fetched values that nobody wants after this part. */
  readonly drops: readonly ValueId[];
  /** Gradients (parameter and value) that are ready after this part. */
  readonly gradients: readonly { readonly parameter: number; readonly value: ValueId }[];
  /** Buckets that are complete after this part. */
  readonly buckets: readonly number[];
}

/**
 * Cuts a program where buckets become complete, so that their gradients leave while later parts compute. Buckets that
 * complete at the same operation share a part. With `whole` there is one part and all buckets leave after it.
 */
export function planParts(
  program: StepProgram,
  buckets: readonly (readonly number[])[],
  mode: 'whole' | 'buckets',
): Part[] {
  const ends = bucketEnds(program, buckets);
  const last = program.operations.length;
  const cuts = mode === 'whole' ? [] : [...new Set(ends)].filter((end) => end > 0 && end < last);
  const bounds = [...cuts.sort((a, b) => a - b), last];

  const partOf = (operation: number): number => bounds.findIndex((end) => operation < end);
  const made = program.values.map(() => -1);
  const read = program.values.map(() => new Set<number>());
  program.operations.forEach((operation, index) => {
    const part = partOf(index);
    for (const value of operation.outputs) made[value] = part;
    for (const value of operation.inputs) read[value]!.add(part);
  });
  const outside = new Set(program.inputs.map(({ value }) => value));
  const wanted = new Set([program.logits, ...(program.losses === null ? [] : [program.losses])]);
  for (const { value } of program.statistics) wanted.add(value);
  for (const { value } of program.gradients) wanted.add(value);
  for (const value of program.observed ?? []) wanted.add(value);

  const values = program.values.map((_, value) => value);
  return bounds.map((_, part) => {
    const feeds = values.filter((v) => read[v]!.has(part) && (outside.has(v) || made[v]! < part));
    const fetches = values.filter((v) => made[v] === part && (wanted.has(v) || Math.max(part, ...read[v]!) > part));
    return {
      feeds,
      fetches,
      drops: [...feeds, ...fetches].filter((v) => Math.max(part, ...read[v]!) === part),
      gradients: program.gradients
        .filter(({ value }) => made[value] === part)
        .map(({ parameter, value }) => ({ parameter, value })),
      buckets: [...ends.keys()].filter((bucket) => partOf(Math.max(ends[bucket]! - 1, 0)) === part),
    };
  });
}

/** For each bucket, the number of operations after which it and all earlier ones are complete. */
function bucketEnds(program: StepProgram, buckets: readonly (readonly number[])[]): number[] {
  const readyAfter = new Map(program.gradients.map((gradient) => [gradient.parameter, gradient.readyAfter]));
  let end = 0;
  return buckets.map((parameters) => {
    for (const parameter of parameters) {
      const ready = readyAfter.get(parameter);
      if (ready === undefined) throw new RangeError(`Parameter ${parameter} of a bucket has no gradient.`);
      end = Math.max(end, ready + 1);
    }
    return end;
  });
}
