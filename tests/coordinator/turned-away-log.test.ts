import { describe, expect, it } from 'vitest';
import { TurnedAwayLog } from '../../src/coordinator/turned-away-log.ts';
import { FakeClock } from './fake-clock.ts';

function noting() {
  const clock = new FakeClock();
  const log = new TurnedAwayLog(clock);
  const lines: object[] = [];
  return { clock, log, lines, open: () => log.open((entry) => lines.push(entry)) };
}

describe('the log of who was turned away', () => {
  it('names the first of each reason, and of 10,000 more only their number', () => {
    const { clock, log, lines, open } = noting();
    open();
    for (let n = 0; n < 10_000; n++) log.note('wrongToken', `10.0.0.${n % 2}:${n}`);
    log.note('badHttp', '10.0.0.7:1');
    clock.advance(60_000);
    expect(lines).toEqual([
      { turnedAway: 'wrongToken', remote: '10.0.0.0:0' },
      { turnedAway: 'wrongToken', remote: '10.0.0.1:1' },
      { turnedAway: 'wrongToken', remote: '10.0.0.0:2' },
      { turnedAway: 'badHttp', remote: '10.0.0.7:1' },
      { turnedAway: 'wrongToken', more: 9997, from: ['10.0.0.1', '10.0.0.0'] },
    ]);
    log.note('wrongToken', '10.0.0.3:1');
    expect(lines.at(-1)).toEqual({ turnedAway: 'wrongToken', remote: '10.0.0.3:1' });
  });

  it('keeps what came before there was a file, and says at its end what it has not said', () => {
    const { clock, log, lines, open } = noting();
    for (let n = 0; n < 5; n++) log.note('wrongToken', '[::1]:5');
    open();
    expect(lines).toHaveLength(3);
    log.close();
    expect(lines.at(-1)).toEqual({ turnedAway: 'wrongToken', more: 2, from: ['[::1]'] });
    expect(clock.pending).toBe(0);
  });
});
