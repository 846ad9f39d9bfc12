import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunSummary } from '../../../coordinator/progress/events.ts';
import { readLines } from '../../../coordinator/store/line-file.ts';
import { jobFromYaml } from '../../../shared/job/document.ts';
import type { Job } from '../../../shared/job/schema.ts';

/** JSON has no NaN or infinity and writes null for them. */
const number = z.union([z.number(), z.null().transform(() => Number.NaN)]);

/** What is needed here of the lines of metrics.jsonl. */
const metricsLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), step: z.int(), loss: number, samples: z.int(), seconds: number }),
  z.object({
    type: z.literal('evaluation'),
    step: z.int(),
    epoch: z.int(),
    loss: number,
    accuracy: number,
    samples: z.int(),
  }),
]);
type MetricsLine = z.infer<typeof metricsLine>;
export type StepLine = Extract<MetricsLine, { readonly type: 'step' }>;
export type EvaluationLine = Extract<MetricsLine, { readonly type: 'evaluation' }>;

export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What the folder of a run tells. */
export interface RunRecord {
  /** As it was run, every default filled in. */
  readonly job: Job;
  /** null: it did not get to its end, not even to an orderly interruption. */
  readonly summary: RunSummary | null;
  readonly steps: readonly StepLine[];
  readonly evaluations: readonly EvaluationLine[];
  /** The newest one; of meaning where the summary says that the run failed. */
  readonly failure: Failure | null;
  readonly classes: number | null;
}

/** Lines of logs/coordinator.log that matter here. */
const logLine = z.object({
  event: z.discriminatedUnion('type', [
    z.object({ type: z.literal('dataset'), classes: z.int() }),
    z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  ]),
});

/** null: there is no run. */
export async function readRecord(runDir: string): Promise<RunRecord | null> {
  const file = join(runDir, 'job.yaml');
  if (!existsSync(file)) return null;
  const job = jobFromYaml(await readFile(file, 'utf8'), file);
  const metrics = (await readLines(join(runDir, 'metrics.jsonl'))).flatMap(
    (line) => metricsLine.safeParse(line).data ?? [],
  );
  const events = (await readLines(join(runDir, 'logs', 'coordinator.log'))).flatMap(
    (line) => logLine.safeParse(line).data?.event ?? [],
  );
  const failed = events.findLast((event) => event.type === 'failed');
  return {
    job,
    summary: await readSummary(join(runDir, 'summary.json')),
    steps: metrics.filter((line) => line.type === 'step'),
    evaluations: metrics.filter((line) => line.type === 'evaluation'),
    failure: failed === undefined ? null : { code: failed.code, message: failed.message },
    classes: events.findLast((event) => event.type === 'dataset')?.classes ?? null,
  };
}

/** Written whole or not at all, so one that cannot be read counts as none: the run goes on, and writes it again. */
async function readSummary(file: string): Promise<RunSummary | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RunSummary;
  } catch {
    return null;
  }
}
