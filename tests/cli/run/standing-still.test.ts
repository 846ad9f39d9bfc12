import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { standStillTogether } from '../../../src/cli/run/standing-still.ts';

class Itself extends EventEmitter {
  readonly pid = 42;
  readonly did: unknown[] = [];

  kill(pid: number, signal: string): void {
    this.did.push([pid, signal]);
  }
}

it('workers stand still before their launch does, and go on after it', () => {
  const itself = new Itself();
  const leave = standStillTogether((signal) => itself.did.push(signal), itself);
  itself.emit('SIGTSTP');
  expect(itself.did.splice(0)).toEqual(['SIGSTOP', [42, 'SIGSTOP']]);
  itself.emit('SIGCONT');
  expect(itself.did.splice(0)).toEqual(['SIGCONT']);
  leave();
  expect(itself.eventNames()).toEqual([]);
});
