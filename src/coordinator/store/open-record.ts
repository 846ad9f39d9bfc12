import type { AppendOptions } from './append-file.ts';
import type { ArchiveOptions } from './archive-options.ts';
import { EventFiles } from './event-files.ts';
import { InspectFile } from './inspect-file.ts';
import { Ledger } from './ledger.ts';
import { LineFile } from './line-file.ts';
import { mendMetrics, stepsIn } from './mend-metrics.ts';
import { Chronicle } from '../progress/chronicle.ts';
import { belongsToFirst, measuredIn, RunHistory } from '../progress/history.ts';

/** The files of a run's record, and what was in them. */
export interface OpenedRecord {
  readonly history: RunHistory;
  readonly ledger: Ledger;
  readonly metrics: LineFile;
  readonly log: LineFile;
  readonly chronicle: Chronicle;
  readonly events: EventFiles;
  readonly inside: InspectFile;
  /** What had to be mended: sentences. */
  readonly mended: readonly string[];
}

/**
 * Opens the files of a run's record, new or from before, and takes back what belongs behind `startStep`.
 * `warn`: of what happens to them later on; what was mended at once is in `mended`.
 *
 * @throws GradsocketError; no file stays open then
 */
export async function openRecord(options: ArchiveOptions, warn: (message: string) => void): Promise<OpenedRecord> {
  const { folder, plan, dataset, job, startStep, change = null, id, now = Date.now } = options;
  const { disk } = folder;
  const files = { disk, ...(options.clock === undefined ? {} : { clock: options.clock }), onError: options.onError };
  const record: AppendOptions = {
    ...files,
    record: true,
    onTrouble: () =>
      warn(
        `No space is left in ${folder.dir} for the record of the run. It waits a minute for some: free it, or the run ends.`,
      ),
  };
  const aside: AppendOptions = {
    ...files,
    record: false,
    onTrouble: ({ cause, message }, path) => {
      const why = cause instanceof Error ? cause.message : message;
      warn(`${path} cannot be written (${why}): the run goes on without what belongs there.`);
    },
  };
  const head = {
    dataset: dataset.name,
    datasetDigest: dataset.digest,
    seed: job.seed,
    samples: plan.samples,
    batch: plan.batch,
    microbatches: plan.microbatches,
  };
  const open: { close(): Promise<void> }[] = [];
  const opened = <T extends { close(): Promise<void> }>(file: T): T => {
    open.push(file);
    return file;
  };
  try {
    const mended: string[] = [];
    const { lines, mended: damage } = await mendMetrics(folder.metricsFile, startStep, disk);
    if (damage !== null) mended.push(damage);
    const both = stepsIn(lines);
    const ledger = opened(
      await Ledger.open({
        path: folder.ledgerFile,
        keyFile: folder.keyFile,
        head,
        plan,
        steps: startStep,
        most: Math.max(startStep, both),
        ...(id === undefined ? {} : { id }),
        file: record,
        onMended: (sentence) => mended.push(sentence),
      }),
    );
    if (change !== null) {
      await ledger.rewind(startStep);
      ledger.change(change);
    }
    const belongs = (line: unknown): boolean => belongsToFirst(ledger.steps, line);
    const metrics = await LineFile.open(folder.metricsFile, belongs, record);
    opened(metrics.file);
    const log = await LineFile.open(folder.logFile, () => true, aside);
    opened(log.file);
    const events = opened(await EventFiles.open({ dir: folder.dir, startStep: ledger.steps, now, file: aside }, job));
    const inside = job.inspect ? await InspectFile.open(folder.inspectFile, ledger.steps, aside) : InspectFile.none();
    opened(inside);
    // What was read may so far be in the system's memory alone, and the files new.
    await metrics.file.flush(true);
    await ledger.sync();
    await folder.sync();
    const history = new RunHistory(metrics.lines);
    await reconsider(options, history);
    const chronicle = new Chronicle(log.lines);
    return { history, ledger, metrics: metrics.file, log: log.file, chronicle, events, inside, mended };
  } catch (error) {
    await Promise.all(open.map((file) => file.close()));
    throw error;
  }
}

async function reconsider({ checkpoints, job, onEvent }: ArchiveOptions, history: RunHistory): Promise<void> {
  const before = checkpoints.best;
  const evaluations = history.evaluations.map((line) => ({ step: line.step, ...measuredIn(line) }));
  const best = await checkpoints.reconsider(evaluations);
  if (best === null || before === null || before.step === best.step) return;
  const message =
    before.monitor === job.monitor
      ? `The checkpoint of step ${best.step} is the best that is kept, not that of step ${before.step}.`
      : `By --monitor ${job.monitor}, the best of the checkpoints that are kept is that of step ${best.step}, no longer that of ` +
        `step ${before.step}. Better ones may have been removed before.`;
  onEvent({ type: 'warning', message });
}
