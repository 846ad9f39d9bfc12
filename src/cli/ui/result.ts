import type { RunSummary } from '../../coordinator/progress/events.ts';
import { changeText } from '../../coordinator/progress/course-change.ts';
import { plural } from '../../shared/plural.ts';
import { shellWord } from '../../shared/shell-word.ts';
import { clockText, lossText, percentText, rateText } from './text.ts';

export interface ResultContext {
  readonly runDir: string;
  /** How gradsocket is called here: `npx gradsocket`. */
  readonly command: string;
  readonly resumeCommand: string;
  /** Whether `wasm` was taken because there is nothing faster here. */
  readonly fallback: boolean;
  /** An image to try the model on; null: the user has to name one. */
  readonly example: string | null;
}

/** What a run leaves behind, in a few lines: result, model, what to do next. */
export function resultLines(summary: RunSummary, context: ResultContext): readonly string[] {
  // Whoever said why it failed also said what to do.
  if (summary.status === 'failed') return [];
  if (summary.status === 'diverged') {
    const best = summary.bestCheckpoint;
    return best === null ? [] : [line('model', `${context.runDir}/${best}, the best from before it diverged`)];
  }
  const { runDir, command, resumeCommand, fallback, example } = context;
  const { validationAccuracy: accuracy, validationLoss: loss } = summary;
  const lines: string[] = [];
  const pace = `${rateText(summary.imagesPerSecond)}, ${clockText(summary.seconds)} in all`;
  const { best, validationStep: measured } = summary;
  // The result is that of the model below, and of what `predict`, `eval` and `export` take.
  const isBest = summary.bestCheckpoint !== null && best !== null && best.step !== measured;
  if (isBest) {
    const by = best.monitor === 'loss' ? 'lowest loss' : 'best';
    lines.push(
      line('result', `${figures(best.validationAccuracy, best.validationLoss)}, the ${by}, after step ${best.step}`),
    );
  }
  if (accuracy !== null) {
    // Of weights that were trained on since.
    const when = measured === null || (measured === summary.steps && !isBest) ? '' : `, after step ${measured}`;
    lines.push(line(isBest ? 'last' : 'result', `${figures(accuracy, loss)}${when}`));
  }
  if (summary.early !== null) lines.push(line('ended', summary.early));
  for (const change of summary.changes) {
    lines.push(line('changed', `after step ${change.step}: ${changeText(change)}`));
  }
  if (summary.skipped > 0) lines.push(line('skipped', `${plural(summary.skipped, 'image')} that cannot be decoded`));
  lines.push(line('speed', `${pace}, ${plural(summary.steps, 'step')}`));
  const model = summary.bestCheckpoint ?? summary.checkpoint;
  if (model !== null) lines.push(line('model', `${runDir}/${model}`));
  if (summary.status !== 'done') {
    if (model !== null) lines.push(line('resume', resumeCommand));
    return lines;
  }
  if (fallback)
    lines.push(line('faster', `${command} setup installs TensorFlow, which is several times as fast as wasm`));
  const image = example === null ? 'IMAGE...' : shellWord(example);
  if (model !== null) lines.push(line('next', `${command} predict ${shellWord(runDir)} ${image}`));
  return lines;
}

function figures(accuracy: number, loss: number | null): string {
  return `validation accuracy ${percentText(accuracy)}${loss === null ? '' : `, loss ${lossText(loss)}`}`;
}

function line(about: string, text: string): string {
  return `${about.padEnd(10)}${text}`;
}
