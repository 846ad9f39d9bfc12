import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { isatty } from 'node:tty';

/** What is known of how this process was started. */
export interface Launch {
  /** Of the parent, in /proc's words: the set of signals that it ignores, in hexadecimal; null: not known. */
  readonly parentIgnores: string | null;
  /** The program that the shell says it has started. */
  readonly started: string | undefined;
  /** Standard input is what nohup puts in the place of a terminal: /dev/null, to write only. */
  readonly stdinOfNohup: boolean;
  /** Input, output or errors are a terminal. */
  readonly terminal: boolean;
}

const SIGHUP_BIT = 1n;

/**
 * What SIGHUP asks of this process. Node forgets at its start which signals it was to ignore, so what nohup said is read off
 * its traces. Without a terminal nothing can hang up.
 */
export function hangUpMeans(launch: Launch = launchOf()): 'leave' | 'nothing' {
  const { parentIgnores, started, stdinOfNohup, terminal } = launch;
  const ignored = parentIgnores !== null && (BigInt(`0x${parentIgnores}`) & SIGHUP_BIT) !== 0n;
  const byNohup = started !== undefined && basename(started) === 'nohup';
  return ignored || byNohup || stdinOfNohup || !terminal ? 'nothing' : 'leave';
}

function launchOf(): Launch {
  return {
    parentIgnores: inFile(`/proc/${process.ppid}/status`, /^SigIgn:\s*([0-9a-f]+)$/m),
    started: process.env['_'],
    stdinOfNohup:
      linkOf('/proc/self/fd/0') === '/dev/null' &&
      inFile('/proc/self/fdinfo/0', /^flags:\s*(\d+)$/m)?.endsWith('1') === true,
    terminal: [0, 1, 2].some((stream) => isatty(stream)),
  };
}

/** Null, also where the system has no such file. */
function inFile(file: string, pattern: RegExp): string | null {
  try {
    return pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}

function linkOf(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}
