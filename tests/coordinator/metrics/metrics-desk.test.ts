import { afterEach, expect, it, vi } from 'vitest';
import { MetricsDesk } from '../../../src/coordinator/metrics/metrics-desk.ts';

afterEach(() => {
  vi.useRealTimers();
});

const desk = () => new MetricsDesk(() => Promise.resolve({ type: 'text/plain', text: 'steps 3\n' }));

it('a run that is over waits until its last numbers were read', async () => {
  const metrics = desk();
  const order: string[] = [];
  const over = metrics.linger(60_000).then(() => order.push('over'));
  order.push((await metrics.expose()).text.trim());
  await over;
  expect(order).toEqual(['steps 3', 'over']);
});

it('whoever began to read before the end does not count, an interrupt does', async () => {
  const metrics = desk();
  const early = metrics.expose();
  let over = false;
  const lingering = metrics.linger(60_000).then(() => {
    over = true;
  });
  await early;
  await new Promise(setImmediate);
  expect(over).toBe(false);
  metrics.hurry();
  await lingering;
});

it('nobody is waited for in vain for longer than was asked, or at all without the flag', async () => {
  vi.useFakeTimers();
  await desk().linger(0);
  let over = false;
  const lingering = desk()
    .linger(30_000)
    .then(() => {
      over = true;
    });
  await vi.advanceTimersByTimeAsync(29_999);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await lingering;
});
