// @ts-check
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../prepare.mjs';

const MAIN = join(root, 'dist', 'cli', 'main.js');

/** @typedef {{ child: import('node:child_process').ChildProcess, said: () => string, ended: Promise<number | null>, isGone: () => boolean }} Program */

/**
 * `gradsocket` with these arguments, and a channel by which it can be ordered to do something to itself.
 * @param {readonly string[]} args @param {(line: string) => void} onLine @returns {Program}
 */
export function gradsocket(args, onLine = () => undefined) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, NO_COLOR: '1', GRADSOCKET_REHEARSAL: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.channel?.unref();
  let rest = '';
  let said = '';
  let gone = false;
  child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    said = (said + text).slice(-4000);
  });
  const ended = new Promise((/** @type {(code: number | null) => void} */ resolve) => {
    child.on('close', (code) => {
      gone = true;
      resolve(code);
    });
  });
  return { child, said: () => said, ended, isGone: () => gone };
}
