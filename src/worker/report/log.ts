import { visible } from '../../shared/visible.ts';

/** Where a worker's own lines go: stderr, one line each, so that they can be told from what a program prints. */
export type Log = (message: string) => void;

/** full: for files and collectors of logs. short: for a terminal. none: nobody wants to read them; why the process ends is not among them. */
export type LogStyle = 'full' | 'short' | 'none';

export function logFor(name: string, style: LogStyle): Log {
  if (style === 'none') return () => undefined;
  return (message) => {
    const now = new Date();
    const prefix = style === 'full' ? `${now.toISOString()} ${name}:` : now.toTimeString().slice(0, 8);
    process.stderr.write(`${prefix} ${visible(message)}\n`);
  };
}
