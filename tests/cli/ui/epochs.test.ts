import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/coordinator/progress/events.ts';
import { advanceEpochs, epochText, NO_EPOCHS } from '../../../src/cli/ui/epochs.ts';

function step(epoch: number, loss: number, samples: number): RunEvent {
  const rest = { steps: 9, epochs: 3, learningRate: 0.1, gradientNorm: 1, imagesPerSecond: 1, seconds: 1 };
  return { type: 'step', step: 1, epoch, loss, accuracy: loss / 4, samples, ...rest };
}
const evaluation: RunEvent = { type: 'evaluation', step: 2, epoch: 0, loss: 0.5, accuracy: 0.75, samples: 10 };
const after = (...events: readonly RunEvent[]) =>
  events.reduce((epochs, event, second) => advanceEpochs(epochs, event, second + 1), NO_EPOCHS).done;

it('an epoch has the means over its samples, its evaluation, and its time from the start of its first step', () => {
  expect(after(step(0, 1, 60), step(0, 3, 20), evaluation)).toEqual([
    { epoch: 0, training: { loss: 1.5, accuracy: 0.375 }, validation: { loss: 0.5, accuracy: 0.75 }, seconds: 3 },
  ]);
});

it('one that is not evaluated ends where the next begins, the last one with the run', () => {
  const finished = { type: 'finished', summary: {} } as RunEvent;
  expect(after(step(0, 1, 8), step(1, 2, 8), finished).map(({ epoch, validation }) => [epoch, validation])).toEqual([
    [0, null],
    [1, null],
  ]);
});

it('one whose steps come all at once took what these did', () => {
  const events = [step(0, 1, 8), step(0, 1, 8), step(0, 1, 8), evaluation];
  const { done } = events.reduce((epochs, event) => advanceEpochs(epochs, event, 1), NO_EPOCHS);
  expect(done).toMatchObject([{ seconds: 3 }]);
});

it('what was trained by an earlier process has no figures of training', () => {
  expect(after(evaluation)).toMatchObject([{ training: null }]);
  expect(epochText(after(evaluation)[0]!)).toBe('validation loss 0.5000, 75.0 %');
});

it('reads in one line of 80 columns', () => {
  const worst = { training: { loss: 12.34567, accuracy: 1 }, validation: { loss: 0.0001, accuracy: 1 }, seconds: 3600 };
  const text = epochText({ epoch: 99, ...worst });
  expect(text).toBe('training loss 12.3457, 100.0 %  validation loss 1.00e-4, 100.0 %  1:00:00');
  expect(text.length + 10).toBeLessThanOrEqual(84);
});
