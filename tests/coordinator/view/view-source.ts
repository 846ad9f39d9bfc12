import { Chronicle } from '../../../src/coordinator/progress/chronicle.ts';
import { RunHistory } from '../../../src/coordinator/progress/history.ts';
import type { ViewSource } from '../../../src/coordinator/view/compose.ts';
import type { ShownRun } from '../../../src/coordinator/view/view.ts';

export const TIME = '2026-01-02T03:04:05.000Z';

export function stepLine(step: number, loss = 1 / step) {
  const about = { accuracy: 0.5, samples: 10, learningRate: 0.1, gradientNorm: 1, imagesPerSecond: 50, seconds: 0.2 };
  return { type: 'step', time: TIME, step, epoch: 0, loss, ...about } as const;
}

/** A run of so many steps; `grow` it, and it is the same one later. */
export function viewSource(steps: number) {
  const history = new RunHistory();
  for (let step = 1; step <= steps; step++) history.add(stepLine(step));
  const chronicle = new Chronicle();
  const run = {
    state: 'training',
    job: { model: 'cnn' },
    dataset: { name: 'digits', classes: ['a', 'b'] },
    step: steps,
    evaluations: [],
    workers: [],
    present: 0,
  } as unknown as ShownRun;
  const source: ViewSource = {
    name: 'pets',
    run,
    history,
    chronicle,
    checkpoints: [],
    answers: null,
    commands: { run: 'gradsocket launch', join: null },
  };
  return { source, history, chronicle };
}
