import { z } from 'zod';
import { GradsocketError } from '../../shared/errors.ts';
import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import { count, digest, text } from '../../shared/protocol/shared.ts';
import { textOfBytes } from '../../shared/text-of-bytes.ts';
import type { CourseChange } from '../progress/course-change.ts';
import { SampleCount } from './sample-count.ts';
import { plural } from '../../shared/plural.ts';

/** First line: what the places in the order of samples mean. */
export const headLine = z.strictObject({
  type: z.literal('run'),
  /** Tells this run from all others, also after a restart; versions before did not write it. */
  id: text(64).min(1).optional(),
  dataset: z.string(),
  datasetDigest: digest,
  seed: count,
  samples: count,
  batch: count,
  microbatches: count,
  /** Steps that were committed before the ledger begins; 0 unless an earlier ledger was lost. */
  firstStep: count,
});
export type LedgerHead = z.infer<typeof headLine>;

/** A committed step. */
const stepLine = z.strictObject({
  type: z.literal('step'),
  generation: count,
  step: count,
  epoch: count,
  start: count,
  end: count,
  samples: count,
  /** Which microbatches each worker computed: [first, behind the last]. Left out where they are many: the line of the generation says it. */
  microbatches: z.record(z.string(), z.tuple([count, count])).optional(),
});

/** Every sample of the epoch was counted once. */
export const epochLine = z.strictObject({ type: z.literal('epoch'), epoch: count, samples: count });

/**
 * After `steps` committed steps, settings of the run are others: a resumed run goes on with another rate. Not called `step`, which
 * is for steps that were committed: whoever counts those need not look at types.
 */
export const changeLine = z.strictObject({
  type: z.literal('change'),
  steps: count,
  from: z.record(z.string(), z.unknown()),
  to: z.record(z.string(), z.unknown()),
});

/**
 * A generation that begins after `steps` steps, written before anybody hears of it: so no number is given twice, and a coordinator
 * that starts again knows its members. Versions before wrote only the numbers, and none for the first generation of a run.
 */
const generationLine = z.strictObject({
  type: z.literal('generation'),
  generation: count,
  steps: count,
  topology: z.enum(['mesh', 'star']).optional(),
  /** In the order of ranks. */
  members: z.array(z.strictObject({ workerId: text(64), name: text(128), address: text(256).nullable() })).optional(),
  /** By rank: [first, behind the last]. */
  microbatches: z.array(z.tuple([count, count])).optional(),
});
export type GenerationLine = z.infer<typeof generationLine>;

export const ledgerLine = z.discriminatedUnion('type', [headLine, stepLine, epochLine, changeLine, generationLine]);
export type LedgerLine = z.infer<typeof ledgerLine>;

/** What the lines of a ledger come to. */
export interface Counted {
  readonly count: SampleCount;
  readonly changes: readonly CourseChange[];
  readonly newest: GenerationLine | null;
  /** The epoch that the last step completes, where the line that says so is missing: a write may tear between the two. */
  readonly owed: number | null;
}

/** Undefined: damaged. What was torn off before its end is no line; a whole one is, though an editor took its end away. */
export function linesIn(content: Buffer): readonly (LedgerLine | undefined)[] {
  const lines = textOfBytes(content).split('\n');
  const last = lineIn(lines.pop()!);
  return [...lines.map(lineIn), ...(last === undefined ? [] : [last])];
}

function lineIn(line: string): LedgerLine | undefined {
  try {
    return ledgerLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The lines at its start that belong together. */
export interface Prefix {
  readonly kept: number;
  readonly counted: Counted;
  /** Why these do not reach the checkpoint; null: they do. */
  readonly lacks: string | null;
}

/**
 * How many of the lines belong together, and what they come to: the first `steps` steps should be there; behind them, as many as
 * fit, `most` in all. What was not yet synced when the power failed may have come to the disk in any order.
 */
export function prefixOf(
  lines: readonly (LedgerLine | undefined)[],
  { plan, firstStep, steps, most }: PrefixOptions,
): Prefix {
  const counted = new SampleCount(plan, firstStep);
  let kept = 0;
  let owed: number | null = null;
  let wrong: string | null = null;
  for (const line of lines) {
    if (line === undefined || !belongsBefore(line, most)) break;
    if (line.type === 'step') {
      try {
        owed = counted.add(line);
      } catch (error) {
        if (!(error instanceof GradsocketError)) throw error;
        wrong = partOfSentence(error.message);
        break;
      }
    }
    if (line.type === 'epoch') owed = null;
    kept++;
  }
  // A change that no step was trained with goes: what a run that goes on from here changes is told anew.
  const idle = lines.findIndex((line) => line?.type === 'change' && line.steps >= counted.steps);
  const together = lines.slice(0, idle < 0 ? kept : Math.min(idle, kept));
  const changes = together.flatMap((line) => (line?.type === 'change' ? [changeIn(line)] : []));
  return {
    kept: together.length,
    counted: { count: counted, changes, newest: newestGeneration(together), owed },
    lacks: counted.steps < steps ? (wrong ?? shortBy(lines, kept, counted.steps, steps)) : null,
  };
}

interface PrefixOptions {
  readonly plan: TrainingPlan;
  /** Of the ledger. */
  readonly firstStep: number;
  readonly steps: number;
  readonly most: number;
}

/** Of a whole sentence. */
function partOfSentence(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`;
}

function shortBy(lines: readonly unknown[], kept: number, ends: number, steps: number): string {
  const damaged = kept < lines.length ? ` (line ${kept + 1} is damaged)` : '';
  return `it ends after ${plural(ends, 'step')}${damaged}, but the checkpoint contains ${steps}`;
}

/** Of steps only the number is known. */
export function newestGeneration(lines: readonly (LedgerLine | undefined)[]): GenerationLine | null {
  let newest: GenerationLine | null = null;
  for (const line of lines) {
    if (line?.type === 'generation' && line.generation >= (newest?.generation ?? 0)) newest = line;
    if (line?.type === 'step' && line.generation > (newest?.generation ?? 0)) {
      newest = { type: 'generation', generation: line.generation, steps: line.step };
    }
  }
  return newest;
}

/**
 * The line of an epoch follows its last step, so it goes when that step goes. So does a change that no step was trained with.
 */
export function belongsBefore(line: LedgerLine, steps: number): boolean {
  switch (line.type) {
    case 'run':
    case 'epoch':
      return true;
    case 'step':
      return line.step < steps;
    case 'change':
      return line.steps < steps;
    case 'generation':
      return line.steps <= steps;
  }
}

export function changeIn({ steps, from, to }: z.infer<typeof changeLine>): CourseChange {
  return { step: steps, from, to };
}
