import type { MetricsLine } from '../../coordinator/progress/history.ts';

const COLUMNS = [
  'type',
  'time',
  'step',
  'epoch',
  'loss',
  'accuracy',
  'samples',
  'learning_rate',
  'gradient_norm',
  'images_per_second',
  'seconds',
] as const;

/** metrics.jsonl as a table (RFC 4180): a row for each step and evaluation, in their order. What is no number stays empty. */
export function metricsCsv(lines: readonly MetricsLine[]): string {
  const rows = lines.map((line) => {
    const { type, time, step, epoch, loss, accuracy, samples } = line;
    const own =
      line.type === 'step'
        ? [line.learningRate, line.gradientNorm, line.imagesPerSecond, line.seconds]
        : [null, null, null, null];
    return [type, time, step, epoch, loss, accuracy, samples, ...own].map(cell).join(',');
  });
  return [COLUMNS.join(','), ...rows].map((row) => `${row}\r\n`).join('');
}

function cell(value: string | number | null): string {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '';
  return String(value);
}
