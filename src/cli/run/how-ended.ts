import { NO_THREADS } from '../../shared/exhausted.ts';
import { FAILURE_PREFIX } from '../command/failure.ts';

/** How a worker's process ended that could not say so itself. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Processes of its control group that were killed meanwhile for want of memory; null: the system does not say. */
  readonly kills: number | null;
  /** Bytes that the control group may use; infinite: all there is. */
  readonly limit: number;
  readonly printed: string;
  readonly logFile: string;
}

const LESS = 'lower --workers, --batch or --cache-memory';

/** Goes on a sentence that begins with its name. */
export function howEnded({ code, signal, kills, limit, printed, logFile }: End): string {
  if (signal === 'SIGKILL' && kills !== null && kills > 0) {
    const where = Number.isFinite(limit)
      ? `its control group may use ${Math.floor(limit / 2 ** 20)} MiB in all. Raise that limit`
      : 'this machine has no more. Close other programs';
    return `the system killed it for want of memory: ${where}, or ${LESS}`;
  }
  // V8's own words, of a heap that it sizes by the memory that there is.
  if (/JavaScript heap out of memory|Reached heap limit/.test(printed)) {
    return `its heap of JavaScript was full: give it more memory, or raise the limit (NODE_OPTIONS=--max-old-space-size=MiB), or ${LESS}`;
  }
  // Before anything of ours runs, or in a library.
  if (/pthread_create|uv_thread_create/.test(printed)) return `${NO_THREADS}; ${logFile} may say more`;
  // Nobody but the system, when memory runs out, sends that unasked.
  const perhaps = signal === 'SIGKILL' && kills === null ? ', perhaps as memory ran out' : '';
  const how = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}${perhaps}`;
  return `${how}; ${logFile} may say more`;
}

/** The sentence with which a worker ended, of what it printed; null: it said nothing. To go on another one. */
export function lastWords(printed: string): string | null {
  const lines = printed.split('\n');
  const last = lines.findLastIndex((line) => line.startsWith(FAILURE_PREFIX));
  if (last === -1) return null;
  const sentence = lines[last]!.slice(FAILURE_PREFIX.length);
  // Of a mistake of ours, the next line says which.
  const whole = sentence.endsWith(':') ? `${sentence} ${lines[last + 1] ?? ''}` : sentence;
  return whole.replace(/\.$/, '');
}

/** What keeps a worker from its coordinator, of what it printed; null: nothing that it told of. To go on a sentence. */
export function whyUnreached(printed: string): string | null {
  return /: Cannot (reach the coordinator at \S+: .+)\. Trying for \d+ s\.$/m.exec(printed)?.[1] ?? null;
}
