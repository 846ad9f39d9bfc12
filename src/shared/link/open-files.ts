import { readFileSync } from 'node:fs';

/** Where nobody says how many: what systems have given for long. */
const USUAL = 1_024;

/** Files and connections that this process may have open. Node takes all that it may have. */
export function mostOpenFiles(read: () => string = () => readFileSync('/proc/self/limits', 'utf8')): number {
  try {
    const found = /^Max open files\s+(\S+)/m.exec(read())?.[1];
    return found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found ?? USUAL) || USUAL;
  } catch {
    return USUAL; // no Linux
  }
}
