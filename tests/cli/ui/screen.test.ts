import { describe, expect, it } from 'vitest';
import type { Output } from '../../../src/cli/ui/rewritten-line.ts';
import { createScreen } from '../../../src/cli/ui/screen.ts';
import type { RunEvent, RunSummary } from '../../../src/coordinator/progress/events.ts';

function record(
  terminal: boolean,
  options: { quiet?: boolean; json?: boolean; environment?: Readonly<Record<string, string>> } = {},
) {
  let text = '';
  const clock = { now: Date.UTC(2026, 0, 2, 3, 4, 5) };
  const out: Output = {
    isTTY: terminal,
    columns: 60,
    write: (chunk) => {
      text += chunk;
    },
  };
  const screen = createScreen({ out, quiet: false, json: false, now: () => clock.now, environment: {}, ...options });
  return { screen, clock, text: () => text };
}

function step(n: number): RunEvent {
  const rest = { loss: 0.5, accuracy: 0.25, samples: 64, learningRate: 0.01, gradientNorm: 2, imagesPerSecond: 100 };
  return { type: 'step', step: n, steps: 9, epoch: 0, epochs: 3, seconds: 0.64, ...rest };
}
const evaluation: RunEvent = { type: 'evaluation', step: 3, epoch: 0, loss: 0.25, accuracy: 0.5, samples: 10 };

/** What a terminal shows once it has taken `text`: carriage returns and cleared lines carried out. */
function shown(text: string): string {
  const lines = [''];
  for (const part of text.split(/(\r\u001B\[2K|\n)/)) {
    if (part === '\n') lines.push('');
    else if (part === '\r\u001B[2K') lines[lines.length - 1] = '';
    else lines[lines.length - 1] += part.replaceAll(/\u001B\[\d+m/g, '');
  }
  return lines.join('\n');
}

describe('on a terminal', () => {
  it('keeps one live line under the lines that stay, and takes it away at the end', () => {
    const { screen, clock, text } = record(true);
    for (let n = 1; n <= 3; n++) {
      clock.now += 1000;
      screen.show(step(n));
    }
    screen.show(evaluation);
    expect(shown(text()).split('\n')).toEqual([
      'epoch 1   training loss 0.5000, 25.0 %  validation loss 0.2500, 50.0 %  0:03',
      expect.stringMatching(/^epoch 1\/3 {2}loss 0\.5000/),
    ]);
    screen.clear();
    screen.say(['result    good']);
    expect(shown(text())).toBe(
      'epoch 1   training loss 0.5000, 25.0 %  validation loss 0.2500, 50.0 %  0:03\nresult    good\n',
    );
  });

  it('draws no more often than anybody can read', () => {
    const { screen, text } = record(true);
    screen.show(step(1));
    const before = text().length;
    for (let n = 2; n <= 100; n++) screen.show(step(n));
    expect(text().length).toBe(before);
  });

  it('that understands no escape sequences gets the lines that stay', () => {
    const { screen, text } = record(true, { environment: { TERM: 'dumb' } });
    screen.tell('page', 'http://127.0.0.1:7070/');
    screen.show(step(1));
    screen.show(evaluation);
    screen.clear();
    expect(text().replaceAll(/\u001B\[\d+m/g, '')).toBe(
      'page      http://127.0.0.1:7070/\nepoch 1   training loss 0.5000, 25.0 %  validation loss 0.2500, 50.0 %  0:01\n',
    );
  });

  it('ends with a small plot, where it shows such characters', () => {
    const run = (environment: Readonly<Record<string, string>>): string => {
      const { screen, text } = record(true, { environment });
      for (const epoch of [0, 1, 2]) {
        screen.show({ ...evaluation, epoch, loss: 1 / (epoch + 1) });
      }
      screen.show({ type: 'finished', summary: {} as RunSummary });
      return shown(text());
    };
    expect(run({ LANG: 'de_DE.UTF-8' })).toMatch(/loss\n +1\.0000 [\u2800-\u28FF]/);
    expect(run({ LANG: 'de_DE.UTF-8' })).toMatch(/━ validation/);
    expect(run({ LANG: 'C' })).not.toMatch(/[\u2800-\u28FF]/);
  });
});

describe('elsewhere', () => {
  it('writes lines of keys and values, a step now and then', () => {
    const { screen, clock, text } = record(false);
    for (let n = 1; n <= 100; n++) {
      clock.now += 100;
      screen.show(step(n));
    }
    screen.show(evaluation);
    screen.show({ type: 'warning', message: 'say "what"' });
    const lines = text().trimEnd().split('\n');
    expect(lines.length).toBe(2 + 2);
    expect(lines[0]).toMatch(/^time=2026-01-02T03:04:05\.100Z event=step step=1 steps=9 .*images_per_second=100$/);
    expect(lines[3]).toMatch(/event=warning message="say \\"what\\""$/);
  });

  it('says what is told', () => {
    const { screen, text } = record(false);
    screen.tell('page', 'http://127.0.0.1:7070/');
    expect(text()).toBe('page      http://127.0.0.1:7070/\n');
  });

  it('has no escape sequences in it', () => {
    const { screen, text } = record(false);
    screen.show(evaluation);
    screen.clear();
    screen.say(['result']);
    // oxlint-disable-next-line no-control-regex
    expect(text()).not.toMatch(/[\u001B\r]/);
  });
});

describe('--json and --quiet', () => {
  it('--json writes every event as one JSON object, and nothing else', () => {
    const { screen, text } = record(true, { json: true });
    screen.show(step(1));
    screen.show(step(2));
    screen.note('for people');
    screen.say(['for people']);
    screen.clear();
    const events = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toEqual([1, 2].map((n) => ({ time: '2026-01-02T03:04:05.000Z', ...step(n) })));
  });

  it('--quiet writes the result alone', () => {
    const { screen, text } = record(true, { quiet: true });
    screen.show(step(1));
    screen.show(evaluation);
    screen.note('not this');
    screen.say(['result']);
    expect(text()).toBe('result\n');
  });
});
