import { createHash, randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { type Disk, nodeDisk, readIfThere } from '../../shared/disk.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import { textOfBytes } from '../../shared/text-of-bytes.ts';
import type { CourseChange } from '../progress/course-change.ts';
import type { AppendOptions } from './append-file.ts';
import { type GenerationKey, readGenerationKey, writeGenerationKeys } from './generation-key.ts';
import {
  belongsBefore,
  changeIn,
  changeLine,
  type Counted,
  type epochLine,
  type GenerationLine,
  headLine,
  type LedgerHead,
  ledgerLine,
  linesIn,
  newestGeneration,
  prefixOf,
} from './ledger-lines.ts';
import { LineFile, readLines } from './line-file.ts';
import { mendLedger } from './mend-ledger.ts';
import { type CountedStep, SampleCount } from './sample-count.ts';

/** All that is needed to go on with a generation, or to let its members connect to each other. */
export interface KeptGeneration {
  readonly number: number;
  /** Empty: there was no room for it. */
  readonly key: string;
  readonly firstStep: number;
  readonly topology: 'mesh' | 'star';
  /** In the order of ranks. */
  readonly members: readonly { readonly workerId: string; readonly name: string; readonly address: string | null }[];
  /** By rank. */
  readonly microbatches: readonly Range[];
}

export interface LedgerOptions {
  readonly path: string;
  /** Where the key of the newest generation lies. */
  readonly keyFile: string;
  readonly head: Omit<LedgerHead, 'type' | 'id' | 'firstStep'>;
  readonly plan: TrainingPlan;
  /** Steps of the checkpoint that the run goes on from: these it must hold. */
  readonly steps: number;
  /** How many of the steps behind them are of use, where there are more; left out: all. */
  readonly most?: number;
  /** Of a ledger that begins; left out: random. */
  readonly id?: string;
  readonly file: AppendOptions;
  /** It did not reach the checkpoint: where it lies now, in a sentence. */
  readonly onMended?: (sentence: string) => void;
}

/** Of more workers a step does not say again what the line of its generation says: with thousands, a day's steps would be gigabytes. */
const NAMED_WORKERS = 64;

/** The lasting record of committed steps, ledger.jsonl. It refuses a step that would break the count. */
export class Ledger {
  /** Of the run. */
  readonly id: string;
  /** Steps before the first one on record; above 0 where an earlier ledger was lost. */
  readonly firstStep: number;
  readonly #options: LedgerOptions;
  readonly #disk: Disk;
  readonly #file: LineFile;
  #count: SampleCount;
  #changes: readonly CourseChange[];
  #lastGeneration: number;
  #generation: KeptGeneration | null;
  /** Of the generations that a crash may leave as the newest on record, newest first. */
  #keys: readonly GenerationKey[];
  /** Until the generations that are to begin are appended, one after the other. */
  #begun: Promise<void> = Promise.resolve();

  private constructor(options: LedgerOptions, head: Begun, file: LineFile, counted: Counted, key: string | null) {
    this.id = head.id;
    this.firstStep = head.firstStep;
    this.#options = options;
    this.#disk = options.file.disk ?? nodeDisk;
    this.#file = file;
    this.#count = counted.count;
    this.#changes = counted.changes;
    this.#lastGeneration = counted.newest?.generation ?? 0;
    // Its members can be led on without its key, which they have told each other.
    this.#generation = keptIn(counted.newest, key ?? '');
    this.#keys = this.#generation === null ? [] : [this.#generation];
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
  static async check(path: string): Promise<void> {
    const lines = linesIn(await readIfThere(nodeDisk, path));
    if (lines.length > 0 && lines[0]?.type !== 'run') throw unusable(path);
  }

  /** Before anything is changed: which settings changed on the way, oldest first. */
  static async changesIn(path: string): Promise<readonly CourseChange[]> {
    return (await readLines(path)).flatMap((line) => changeLine.safeParse(line).data ?? []).map(changeIn);
  }

  /**
   * Opens the ledger of a run: reads what is there again, refuses what is none, and goes on where it ends. That may be
   * behind the checkpoint: `rewind` takes back what nobody holds any more. Cut off is only what a crash left half written.
   * One that does not reach the checkpoint, or not without a gap, is set aside, and one that begins there takes its place.
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const { path, plan, steps, most = Number.POSITIVE_INFINITY, file: fileOptions } = options;
    const disk = fileOptions.disk ?? nodeDisk;
    const content = await readIfThere(disk, path);
    const lines = linesIn(content);
    const [first] = lines;
    if (first === undefined || first.type !== 'run') {
      if (lines.length > 0) throw unusable(path);
      return Ledger.#begin(options);
    }
    const id = first.id ?? idOf(content);
    const { kept, counted, lacks } = prefixOf(lines, { plan, firstStep: first.firstStep, steps, most });
    if (lacks !== null) {
      const aside = await mendLedger({ path, content, head: { ...first, id }, lines, steps, disk });
      options.onMended?.(
        `${path} is damaged: ${lacks}. It is kept as ${aside}; the record goes on from step ${steps}, that of the checkpoint.`,
      );
      return Ledger.open(options);
    }
    // What is cut off had a number, too.
    const newest = newestGeneration(lines);
    let place = 0;
    const { file } = await LineFile.open(path, () => place++ < kept, fileOptions);
    if (counted.owed !== null) file.append(epochOf(counted.owed, plan));
    if (newest !== null && newest.generation > (counted.newest?.generation ?? 0)) file.append(newest);
    const key = newest === null ? null : await readGenerationKey(options.keyFile, newest.generation, disk);
    return new Ledger(options, { id, firstStep: first.firstStep }, file, { ...counted, newest }, key);
  }

  static async #begin(options: LedgerOptions): Promise<Ledger> {
    const { path, head, plan, steps, id = randomBytes(16).toString('hex') } = options;
    const { file } = await LineFile.open(path, () => false, options.file);
    file.append({ type: 'run', id, ...head, firstStep: steps } satisfies LedgerHead);
    const counted = { count: new SampleCount(plan, steps), changes: [], newest: null, owed: null };
    return new Ledger(options, { id, firstStep: steps }, file, counted, null);
  }

  /** The highest number that any generation of this run had; 0: there was none. */
  get lastGeneration(): number {
    return this.#lastGeneration;
  }

  /** The newest one; null: there was none, or what is on record of it does not do to go on with it. */
  get generation(): KeptGeneration | null {
    return this.#generation;
  }

  /** All that are on record, oldest first. */
  get changes(): readonly CourseChange[] {
    return this.#changes;
  }

  get steps(): number {
    return this.#count.steps;
  }

  /** A generation is to begin. Nobody may hear of it before what is appended is synced: then its number is never used again. */
  async begin(generation: KeptGeneration): Promise<void> {
    const { number } = generation;
    if (number <= this.#lastGeneration) {
      throw new Error(`generation ${number} cannot follow generation ${this.#lastGeneration}`);
    }
    this.#lastGeneration = number;
    this.#generation = generation;
    // One that nobody wants any more may still be on its way to the disk: its line comes first.
    const written = this.#begun.then(() => this.#appendGeneration(generation));
    this.#begun = written.catch(() => undefined);
    await written;
  }

  async #appendGeneration({ number, key, firstStep, topology, members, microbatches }: KeptGeneration): Promise<void> {
    this.#keys = [{ number, key }, ...this.#keys];
    try {
      await writeGenerationKeys(this.#options.keyFile, this.#keys, this.#disk);
    } finally {
      // Also without its key: its number must never be used again, and its members may hold what nobody else does.
      this.#file.append({
        type: 'generation',
        generation: number,
        steps: firstStep,
        topology,
        members: [...members],
        microbatches: microbatches.map(({ start, end }) => [start, end]),
      } satisfies GenerationLine);
    }
  }

  /** From here on, settings are others. */
  change(change: CourseChange): void {
    const { step, from, to } = change;
    this.#file.append({ type: 'change', steps: step, from, to } satisfies z.infer<typeof changeLine>);
    this.#changes = [...this.#changes, change];
  }

  record(
    generation: number,
    step: CountedStep,
    microbatches: Readonly<Record<string, readonly [number, number]>>,
  ): void {
    const { epoch, start, end, samples } = step;
    const complete = this.#count.add(step);
    const dealt = Object.keys(microbatches).length > NAMED_WORKERS ? {} : { microbatches };
    this.#file.append({ type: 'step', generation, step: step.step, epoch, start, end, samples, ...dealt });
    if (complete !== null) this.#file.append(epochOf(complete, this.#options.plan));
  }

  /** Takes back all behind the first `steps` steps, but for the numbers of generations. */
  async rewind(steps: number): Promise<void> {
    await this.#begun;
    const cut = await this.#file.cut((line) => {
      const { data } = ledgerLine.safeParse(line);
      return data !== undefined && belongsBefore(data, steps);
    });
    const lines = cut.map((line) => ledgerLine.parse(line));
    const { path, plan } = this.#options;
    const { counted, lacks } = prefixOf(lines, { plan, firstStep: this.firstStep, steps, most: steps });
    if (lacks !== null) throw new Error(`${path} was changed by somebody else: ${lacks}`);
    this.#count = counted.count;
    this.#changes = counted.changes;
    if ((counted.newest?.generation ?? 0) < this.#lastGeneration) {
      // Its number alone: nobody holds what it came to.
      this.#generation = null;
      this.#file.append({ type: 'generation', generation: this.#lastGeneration, steps } satisfies GenerationLine);
    }
    await this.sync();
  }

  /** Until everything recorded is on the disk: a checkpoint must never be ahead of the ledger. */
  async sync(): Promise<void> {
    const newest = this.#keys[0]?.number ?? 0;
    await this.#file.flush(true);
    this.#keys = this.#keys.filter(({ number }) => number >= newest);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

type Begun = Pick<Ledger, 'id' | 'firstStep'>;

function epochOf(epoch: number, { samples }: TrainingPlan): z.infer<typeof epochLine> {
  return { type: 'epoch', epoch, samples };
}

function keptIn(line: GenerationLine | null, key: string): KeptGeneration | null {
  if (line === null) return null;
  const { generation: number, steps: firstStep, topology, members, microbatches } = line;
  if (topology === undefined || members === undefined || microbatches === undefined) return null;
  const ranges = microbatches.map(([start, end]) => ({ start, end }));
  return { number, key, firstStep, topology, members, microbatches: ranges };
}

/** Of a run of before ids were written: from the first line, as it was before an editor saved it. */
function idOf(content: Buffer): string {
  const end = content.indexOf(0x0a);
  const line = textOfBytes(content.subarray(0, end < 0 ? undefined : end)).replace(/\r$/, '');
  return createHash('sha256').update(line).digest('hex');
}

function unusable(path: string): GradsocketError {
  return new GradsocketError(
    'LEDGER_UNUSABLE',
    EXIT.badData,
    `${path} cannot be continued: its first line does not say of which run it is. Restore it from a copy, or delete it to ` +
      `resume without the record of earlier steps.`,
  );
}
