import { describe, expect, it, vi } from 'vitest';
import type { SweepEvent } from '../../../../src/cli/sweep/events.ts';
import { advanceSweep, SWEEP_STARTING, sweepLine } from '../../../../src/cli/sweep/screen/sweep-progress.ts';
import { createSweepScreen } from '../../../../src/cli/sweep/screen/sweep-screen.ts';

const step = {
  type: 'step',
  step: 10,
  steps: 20,
  epoch: 0,
  epochs: 2,
  loss: 1.5,
  accuracy: 0.5,
  samples: 64,
  learningRate: 0.01,
  imagesPerSecond: 100,
} as const;
const events: readonly SweepEvent[] = [
  { type: 'sweep', dir: 'runs/s', runs: 4, missing: 4, parallel: 1, workers: 2 },
  { type: 'runStarted', run: 'relu-sgd', label: 'relu · sgd', resumed: false },
  {
    type: 'runEnded',
    run: 'relu-sgd',
    label: 'relu · sgd',
    verdict: 'learned',
    sentence: '',
    validationAccuracy: 0.9,
    validationLoss: 0.3,
    finished: 1,
    runs: 4,
  },
  { type: 'runStarted', run: 'tanh-sgd', label: 'tanh · sgd', resumed: false },
  {
    type: 'run',
    run: 'tanh-sgd',
    event: { ...step, gradientNorm: 1 } as Extract<SweepEvent, { type: 'run' }>['event'],
  },
];

function shown(
  options: { readonly json?: boolean; readonly quiet?: boolean; readonly isTTY?: boolean },
  some = events,
): string {
  let text = '';
  const out = { isTTY: options.isTTY ?? false, columns: 200, write: (part: string) => (text += part) };
  const screen = createSweepScreen({ out, quiet: options.quiet ?? false, json: options.json ?? false, now: () => 0 });
  for (const event of some) screen.show(event);
  screen.say(['best 90 %']);
  return text;
}

describe('the live line of a sweep', () => {
  const progress = events.reduce(advanceSweep, SWEEP_STARTING);

  it('shows how many runs are done, what runs, the best so far, and the time left', () => {
    expect(sweepLine(progress, 30, 200)).toBe(
      '━━━━━───────  1 of 4 runs  tanh · sgd  epoch 1/2  loss 1.5000  best 90.0 %  0:50 left',
    );
  });

  it('leaves out what is least wanted where room is short, and never exceeds it', () => {
    for (let columns = 1; columns < 120; columns++)
      expect(sweepLine(progress, 30, columns).length).toBeLessThanOrEqual(columns);
    expect(sweepLine(progress, 30, 24)).toBe('1 of 4 runs  tanh · sgd');
  });

  it('says what Ctrl-C does', () => {
    expect(sweepLine(advanceSweep(progress, { type: 'stopping', reason: 'Ctrl-C' }), 30, 200)).toContain(
      '1 running save and leave',
    );
  });
});

describe('the screen of a sweep', () => {
  it('prints a line for each event to a log, but for those of the runs', () => {
    const lines = shown({}).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toContain('event=run_ended run=relu-sgd');
  });

  it('prints one JSON object for each event, those of the runs included', () => {
    const types = shown({ json: true })
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(events.map(({ type }) => type));
  });

  it('prints only the result where it is to be quiet', () => {
    expect(shown({ quiet: true })).toBe('best 90 %\n');
  });

  it('leaves nothing of the live line at a terminal behind the result', () => {
    const text = shown({ isTTY: true });
    expect(text).toContain('1/4     90.0 %  loss 0.3000  relu · sgd\n');
    expect(text.endsWith('\r\u001B[2Kbest 90 %\n')).toBe(true);
  });
});

it('says, with --quiet, why a run failed, and nothing else', () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const screen = createSweepScreen({ out: process.stdout, quiet: true, json: false, now: () => 0 });
    for (const event of events) screen.show(event);
    expect(said).not.toHaveBeenCalled();
    const ended = events.find(({ type }) => type === 'runEnded') as Extract<SweepEvent, { type: 'runEnded' }>;
    screen.show({ ...ended, verdict: 'failed', sentence: 'cat.1.jpg cannot be decoded.' });
    expect(said).toHaveBeenCalledExactlyOnceWith('gradsocket: relu · sgd: cat.1.jpg cannot be decoded.\n');
  } finally {
    said.mockRestore();
  }
});
