import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockSweep } from '../../../src/cli/sweep/lock.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sweep lock '));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('lockSweep', () => {
  it('keeps a second sweep out while the first one is there, and leaves nothing behind', () => {
    const release = lockSweep(dir);
    expect(() => lockSweep(dir, () => true)).toThrow(`is being run by process ${process.pid}`);
    release();
    expect(existsSync(path.join(dir, 'sweep.lock'))).toBe(false);
    lockSweep(dir, () => true)();
  });

  it.each(['123456', 'no number', ''])('takes over a lock that nobody holds any more: %j', (content) => {
    writeFileSync(path.join(dir, 'sweep.lock'), content);
    lockSweep(dir, () => false)();
  });
});
