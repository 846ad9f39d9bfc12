import { z } from 'zod';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import { count, digest } from '../../shared/protocol/shared.ts';
import type { CourseChange } from '../progress/course-change.ts';
import { LineFile, readLines } from './line-file.ts';
import { type CountedStep, SampleCount } from './sample-count.ts';

/** First line: what the places in the order of samples mean. */
const headLine = z.strictObject({
  type: z.literal('run'),
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
  /** Which microbatches each worker computed: [first, behind the last]. */
  microbatches: z.record(z.string(), z.tuple([count, count])),
});

/** Every sample of the epoch was counted once. */
const epochLine = z.strictObject({ type: z.literal('epoch'), epoch: count, samples: count });

/**
 * After `steps` committed steps, settings of the run are others: a resumed run goes on with another rate. Not called `step`, which
 * is for steps that were committed: whoever counts those need not look at types.
 */
const changeLine = z.strictObject({
  type: z.literal('change'),
  steps: count,
  from: z.record(z.string(), z.unknown()),
  to: z.record(z.string(), z.unknown()),
});

/**
 * A generation that began after `steps` steps; the first one of a run has no such line. So no number is given twice, also where
 * nothing else was left of a generation.
 */
const generationLine = z.strictObject({ type: z.literal('generation'), generation: count, steps: count });

const ledgerLine = z.discriminatedUnion('type', [headLine, stepLine, epochLine, changeLine, generationLine]);

/** The lasting record of committed steps, ledger.jsonl. It refuses a step that would break the count. */
export class Ledger {
  readonly #file: LineFile;
  readonly #plan: TrainingPlan;
  readonly #count: SampleCount;
  #lastGeneration: number;
  /** Steps before the first one on record; above 0 where an earlier ledger was lost. */
  readonly firstStep: number;
  /** All that are on record, oldest first. */
  readonly changes: readonly CourseChange[];

  private constructor(
    file: LineFile,
    plan: TrainingPlan,
    counted: SampleCount,
    firstStep: number,
    lastGeneration: number,
    changes: readonly CourseChange[],
  ) {
    this.changes = changes;
    this.#file = file;
    this.#plan = plan;
    this.#count = counted;
    this.firstStep = firstStep;
    this.#lastGeneration = lastGeneration;
  }

  /** Of the dataset whose samples were counted so far; null: there is no ledger yet. */
  static async datasetDigest(path: string): Promise<string | null> {
    const found = headLine.safeParse((await readLines(path))[0]);
    return found.success ? found.data.datasetDigest : null;
  }

  /** Before anything is changed: whether what was counted so far were samples of this dataset. */
  static async refuseOther(
    path: string,
    { digest: present }: { readonly digest: string },
    changes: () => Promise<string> = async () => '',
  ): Promise<void> {
    const found = headLine.safeParse((await readLines(path))[0]);
    if (!found.success || found.data.datasetDigest === present) return;
    const { dataset, datasetDigest } = found.data;
    throw new GradsocketError(
      'DATASET_CHANGED',
      EXIT.badData,
      `This run was trained on ${dataset} (sha256 ${datasetDigest.slice(0, 12)}...), but --data now holds other samples or ` +
        `another split (sha256 ${present.slice(0, 12)}...).${await changes()} Bring the old data back, or start a new run in another --run-dir.`,
    );
  }

  /** Refuses what `open` would refuse, and changes nothing. */
  static async check(path: string, plan: TrainingPlan, steps: number): Promise<void> {
    const lines = await readLines(path);
    const end = lines.findIndex((line) => !belongsBefore(line, steps));
    countedIn(path, end === -1 ? lines : lines.slice(0, end), plan, steps);
  }

  /** Before anything is changed: which settings changed on the way, oldest first. */
  static async changesIn(path: string): Promise<readonly CourseChange[]> {
    return (await readLines(path)).flatMap((line) => changeLine.safeParse(line).data ?? []).map(changeIn);
  }

  /**
   * Opens the ledger of a run that goes on after `steps` committed steps: reads what is there again, refuses what does
   * not fit, and cuts off the steps after them. `change`: what is different from there on.
   */
  static async open(
    path: string,
    head: Omit<LedgerHead, 'type' | 'firstStep'>,
    plan: TrainingPlan,
    steps: number,
    onError: (error: Error) => void,
    change: CourseChange | null = null,
  ): Promise<Ledger> {
    // What is cut off below had a number, too.
    const last = newestGeneration(await readLines(path));
    const { file, kept } = await LineFile.open(path, (line) => belongsBefore(line, steps), onError);
    try {
      const earlier = countedIn(path, kept, plan, steps);
      if (earlier === null) file.append({ type: 'run', ...head, firstStep: steps } satisfies LedgerHead);
      const { counted, firstStep, changes } = earlier ?? {
        counted: new SampleCount(plan, steps),
        firstStep: steps,
        changes: [],
      };
      if (newestGeneration(kept) < last) appendGeneration(file, last, steps);
      await recordChange(file, change);
      return new Ledger(file, plan, counted, firstStep, last, change === null ? changes : [...changes, change]);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The highest number that any generation of this run had; 0: there was none. */
  get lastGeneration(): number {
    return this.#lastGeneration;
  }

  /** A generation begins after `steps` steps. */
  begin(generation: number, steps: number): void {
    if (generation <= this.#lastGeneration) {
      throw new Error(`generation ${generation} cannot follow generation ${this.#lastGeneration}`);
    }
    this.#lastGeneration = generation;
    if (generation > 1) appendGeneration(this.#file, generation, steps);
  }

  get steps(): number {
    return this.#count.steps;
  }

  record(
    generation: number,
    step: CountedStep,
    microbatches: Readonly<Record<string, readonly [number, number]>>,
  ): void {
    const { epoch, start, end, samples } = step;
    const complete = this.#count.add(step);
    this.#file.append({ type: 'step', generation, step: step.step, epoch, start, end, samples, microbatches });
    if (complete !== null) this.#file.append({ type: 'epoch', epoch: complete, samples: this.#plan.samples });
  }

  /** Until everything recorded is on the disk: a checkpoint must never be ahead of the ledger. */
  sync(): Promise<void> {
    return this.#file.flush(true);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** What the lines before the checkpoint of `steps` steps have counted; null: there is no ledger yet. */
function countedIn(
  path: string,
  kept: readonly unknown[],
  plan: TrainingPlan,
  steps: number,
): {
  readonly counted: SampleCount;
  readonly firstStep: number;
  readonly changes: readonly CourseChange[];
} | null {
  const [first, ...rest] = kept.map((line) => ledgerLine.parse(line));
  if (first === undefined) return null;
  if (first.type !== 'run') throw unusable(path, 'its first line does not say of which run it is');
  const counted = new SampleCount(plan, first.firstStep);
  for (const line of rest) if (line.type === 'step') counted.add(line);
  if (counted.steps !== steps) {
    throw unusable(path, `it ends after ${counted.steps} steps, but the checkpoint contains ${steps}`);
  }
  const changes = rest.filter((line) => line.type === 'change').map(changeIn);
  return { counted, firstStep: first.firstStep, changes };
}

function newestGeneration(lines: readonly unknown[]): number {
  let newest = 0;
  for (const line of lines) {
    const { data } = ledgerLine.safeParse(line);
    if (data?.type === 'step' || data?.type === 'generation') newest = Math.max(newest, data.generation);
  }
  return newest;
}

function appendGeneration(file: LineFile, generation: number, steps: number): void {
  file.append({ type: 'generation', generation, steps } satisfies z.infer<typeof generationLine>);
}

/**
 * The line of an epoch follows its last step, so it goes when that step goes. So does a change that no step was trained with:
 * what a run that goes on from there changes is told anew.
 */
function belongsBefore(line: unknown, steps: number): boolean {
  const { data } = ledgerLine.safeParse(line);
  if (data === undefined) return false;
  switch (data.type) {
    case 'run':
    case 'epoch':
      return true;
    case 'step':
      return data.step < steps;
    case 'change':
      return data.steps < steps;
    case 'generation':
      return data.steps <= steps;
  }
}

function changeIn({ steps, from, to }: z.infer<typeof changeLine>): CourseChange {
  return { step: steps, from, to };
}

/** On the disk before anything is trained with it, and before job.yaml says so. */
async function recordChange(file: LineFile, change: CourseChange | null): Promise<void> {
  if (change === null) return;
  const { step, from, to } = change;
  file.append({ type: 'change', steps: step, from, to } satisfies z.infer<typeof changeLine>);
  await file.flush(true);
}

function unusable(path: string, why: string): GradsocketError {
  return new GradsocketError(
    'LEDGER_UNUSABLE',
    EXIT.badData,
    `${path} cannot be continued: ${why}. Restore it from a copy, or delete it to resume without the record of ` +
      `earlier steps.`,
  );
}
