import type { Grid } from '../grid/grid.ts';
import { stepsTo } from '../results/evaluation.ts';
import { ranked, type RunResult, thresholdsFor } from '../results/result.ts';

/** report.csv: a line for each run, best first. */
export function csvOf(grid: Grid, results: readonly RunResult[], commandOf: (result: RunResult) => string): string {
  const thresholds = thresholdsFor(results);
  const head = [
    'rank',
    'run',
    ...grid.factors.map(({ name }) => name),
    'status',
    'verdict',
    'validation_accuracy',
    'validation_loss',
    'best_epoch',
    'last_validation_accuracy',
    'last_validation_loss',
    'steps',
    ...thresholds.map((accuracy) => `steps_to_${Math.round(accuracy * 1000) / 10}_percent`),
    'images_per_second',
    'seconds',
    'engine',
    'weights_digest',
    'model',
    'diagnosis',
    'command',
  ];
  const rows = ranked(results).map((result, index) => {
    const { cell, standing, diagnosis, best, evaluations, steps, seconds, imagesPerSecond } = result;
    const last = evaluations.at(-1);
    return [
      index + 1,
      cell.id,
      ...cell.levels,
      standing,
      diagnosis.verdict,
      best?.accuracy,
      best?.loss,
      best?.epoch,
      last?.accuracy,
      last?.loss,
      steps,
      ...thresholds.map((accuracy) => stepsTo(accuracy, evaluations)),
      rounded(imagesPerSecond),
      rounded(seconds),
      result.engine,
      result.weightsDigest,
      result.model,
      diagnosis.sentence,
      commandOf(result),
    ];
  });
  return [head, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function rounded(n: number): number {
  return Math.round(n * 100) / 100;
}

/** As RFC 4180 has it. Nothing, and numbers that are none, leave the place empty. */
function quoted(value: string | number | null | undefined): string {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
