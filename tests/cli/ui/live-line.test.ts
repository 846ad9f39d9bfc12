import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveLine } from '../../../src/cli/ui/live-line.ts';
import { advance, type Progress, STARTING } from '../../../src/cli/ui/progress.ts';

const running: Progress = {
  ...STARTING,
  waiting: null,
  step: 115,
  steps: 230,
  epoch: 4,
  epochs: 10,
  validation: { loss: 0.0724, accuracy: 0.973 },
  history: {
    done: [],
    current: { epoch: 4, samples: 64, lossSum: 64 * 0.03125, correct: 64 * 0.9921, begun: 0, seconds: 1 },
  },
  imagesPerSecond: 2310.4,
  secondsLeft: 12.3,
};

describe('liveLine', () => {
  it('says everything where there is room', () => {
    expect(liveLine(running, 200)).toBe(
      '━━━━━━──────  epoch 5/10  step 115/230  loss 0.0313  accuracy 99.2 %  validation 0.0724, 97.3 %  2,310 images/s  0:12 left',
    );
  });

  it('leaves out the least wanted first, and keeps loss and epoch longest', () => {
    expect(liveLine(running, 80)).toBe('epoch 5/10  loss 0.0313  accuracy 99.2 %  validation 0.0724, 97.3 %');
    expect(liveLine(running, 60)).toBe('epoch 5/10  loss 0.0313  accuracy 99.2 %');
    expect(liveLine(running, 25)).toBe('epoch 5/10  loss 0.0313');
  });

  it('is never wider than the terminal, whatever the numbers', () => {
    const number = fc.double({ noNaN: false });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 130 }),
        number,
        number,
        fc.nat(),
        fc.boolean(),
        (columns, loss, rate, step, stopping) => {
          const line = liveLine(
            { ...running, validation: { loss, accuracy: loss }, imagesPerSecond: rate, step, stopping },
            columns,
          );
          expect(line.length).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/[\r\n]/);
        },
      ),
    );
  });

  it('says what is waited for, and what Ctrl-C does', () => {
    expect(liveLine(STARTING, 80)).toBe('opening the dataset ...');
    const joined = { worker: 'a', engine: 'cpu', device: 'CPU', threads: 1, joined: 1, wanted: 2 };
    expect(liveLine(advance(STARTING, { type: 'workerJoined', ...joined }, 0), 80)).toBe('1 of 2 workers are here ...');
    expect(liveLine({ ...running, stopping: true }, 80)).toMatch(/Ctrl-C/);
  });
});

describe('advance', () => {
  const step = {
    step: 100,
    steps: 200,
    epoch: 1,
    epochs: 4,
    loss: 1,
    accuracy: 0.5,
    samples: 64,
    learningRate: 0.1,
    gradientNorm: 2,
    seconds: 0.1,
  };

  it('knows the time left from the pace', () => {
    const progress = advance(STARTING, { type: 'step', ...step, imagesPerSecond: 640 }, 1);
    expect(progress).toMatchObject({ waiting: null, step: 100, secondsLeft: 10 });
    expect(advance(STARTING, { type: 'step', ...step, imagesPerSecond: 0 }, 1).secondsLeft).toBeNull();
  });

  it('keeps the newest evaluation', () => {
    const evaluation = { step: 100, epoch: 1, loss: 1, samples: 10 };
    const once = advance(STARTING, { type: 'evaluation', ...evaluation, accuracy: 0.8 }, 1);
    const twice = advance(once, { type: 'evaluation', ...evaluation, accuracy: 0.9 }, 2);
    const { validation } = advance(twice, { type: 'step', ...step, imagesPerSecond: 1 }, 3);
    expect(validation).toEqual({ loss: 1, accuracy: 0.9 });
  });

  it('says what takes the time before the first step', () => {
    const generation = { generation: 1, workers: 2, step: 0, shares: [], why: '' };
    const first = advance(STARTING, { type: 'generation', ...generation }, 0);
    expect(first.waiting).toBe('2 workers compute their first step, which takes longest');
    const later = advance(STARTING, { type: 'generation', ...generation, generation: 2, workers: 1, step: 9 }, 0);
    expect(later.waiting).toBe('1 worker goes on after step 9');
  });
});
