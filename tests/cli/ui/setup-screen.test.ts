import { expect, it } from 'vitest';
import { createSetupScreen, progressLine } from '../../../src/cli/ui/setup-screen.ts';
import type { SetupProgress } from '../../../src/engine/install/progress.ts';

const download = (done: number): SetupProgress => ({
  phase: 'download',
  message: 'downloading tensorflow',
  bytes: { done, total: 200e6 },
});

function screenOn(isTTY: boolean, quiet = false) {
  let written = '';
  let time = 0;
  const out = { isTTY, columns: 80, write: (text: string) => (written += text) };
  const screen = createSetupScreen({ out, quiet, now: () => time });
  return { screen, text: () => written, pass: (ms: number) => (time += ms) };
}

it('shows how far a download is and how long it will take', () => {
  expect(progressLine(download(50e6), 10, 80)).toBe(
    'downloading tensorflow  ━━━━━━──────────────────  50/200 MB  0:30 left',
  );
});

it('never writes a line that wraps', () => {
  for (let columns = 0; columns < 90; columns++) {
    expect(progressLine(download(50e6), 10, columns).length).toBeLessThanOrEqual(columns);
  }
});

it('on a terminal draws one line over and over, and keeps one for each thing that is done', () => {
  const { screen, text, pass } = screenOn(true);
  for (let done = 0; done <= 200; done++) {
    screen.show(download(done * 1e6));
    pass(10);
  }
  screen.show({ phase: 'build', message: 'building' });
  screen.clear();
  const lines = text().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/✓ downloading tensorflow \(0:02\)$/);
  expect(lines[0]!.split('\r').length).toBeLessThan(30);
  expect(lines[1]!.endsWith('\r\x1b[2K')).toBe(true);
});

it('elsewhere writes a line for each thing, and for a long one where it stands every ten seconds', () => {
  const { screen, text, pass } = screenOn(false);
  for (let done = 0; done <= 200; done++) {
    screen.show(download(done * 1e6));
    pass(100);
  }
  screen.show({ phase: 'build', message: 'building' });
  expect(text()).toBe('downloading tensorflow (200 MB)\ndownloading tensorflow: 50.0 %\nbuilding\n');
});

it('is silent when asked to be', () => {
  const { screen, text } = screenOn(true, true);
  screen.show(download(0));
  screen.clear();
  expect(text()).toBe('');
});
