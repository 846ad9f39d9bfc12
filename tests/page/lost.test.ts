import { expect, it } from 'vitest';
import type { RunView } from '../../src/coordinator/view/view.ts';
import { lostOf } from '../../src/page/lost.ts';

it('who was lost or left is told once, unless it is there again', () => {
  const lost = (worker: string, time: string, reason: string) => ({
    time,
    event: { type: 'workerLost', worker, reason },
  });
  const view = {
    run: { workers: [{ name: 'a' }] },
    events: [
      lost('a', '1', 'died'),
      lost('b', '2', 'died'),
      { time: '3', event: { type: 'warning', message: 'hot' } },
      { time: '4', event: { type: 'workerLeft', worker: 'c', reason: 'SIGTERM' } },
      lost('b', '5', 'hung'),
      lost('d', '6', 'died'),
      { time: '7', event: { type: 'workerJoined', worker: 'd' } },
    ],
  } as unknown as RunView;
  expect(lostOf(view)).toEqual([
    { name: 'b', state: 'lost', why: 'hung', time: '5' },
    { name: 'c', state: 'left', why: 'SIGTERM', time: '4' },
  ]);
});
