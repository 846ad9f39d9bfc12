import { visible } from '../../shared/visible.ts';

/** Where a worker's own lines go: stderr, one line each, so that they can be told from what a program prints. */
export type Log = (message: string) => void;

export function logFor(name: string): Log {
  return (message) => {
    process.stderr.write(`${new Date().toISOString()} ${name}: ${visible(message)}\n`);
  };
}
