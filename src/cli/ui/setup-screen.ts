import type { SetupProgress } from '../../engine/install/progress.ts';
import { canRewrite, type Output, RewrittenLine } from './rewritten-line.ts';
import { clockText, percentText } from './text.ts';

export interface SetupScreen {
  show(progress: SetupProgress): void;
  /** Takes the live line away. Call before anything else writes to the terminal. */
  clear(): void;
}

export interface SetupScreenOptions {
  readonly out: Output;
  readonly quiet: boolean;
  /** Milliseconds from any start. */
  readonly now: () => number;
}

export function createSetupScreen(options: SetupScreenOptions): SetupScreen {
  if (options.quiet) return { show: () => undefined, clear: () => undefined };
  return canRewrite(options.out) ? new LiveSetupScreen(options) : new PlainSetupScreen(options);
}

const PLAIN_EVERY_MS = 10_000;
const BAR = 24;

/** Where a download or the like stands. `seconds`: since it began. Pure. */
export function progressLine({ message, bytes }: SetupProgress, seconds: number, columns: number): string {
  if (bytes === undefined || bytes.total === 0) return `${message} ...`.slice(0, columns);
  const share = Math.min(1, bytes.done / bytes.total);
  const full = Math.round(share * BAR);
  const left = share > 0.01 && share < 1 ? `${clockText((seconds / share) * (1 - share))} left` : '';
  const parts = [
    message,
    `${'━'.repeat(full)}${'─'.repeat(BAR - full)}`,
    `${megabytes(bytes.done)}/${megabytes(bytes.total)} MB`,
    left,
  ].filter((part) => part !== '');
  // A wrapped line cannot be taken back: on a narrow terminal the bar goes first, then the rest.
  const shown = parts.join('  ').length <= columns ? parts : parts.toSpliced(1, 1);
  return shown.join('  ').slice(0, columns);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** One line that changes, and one that stays for each thing that is done. */
class LiveSetupScreen implements SetupScreen {
  readonly #out: Output;
  readonly #now: () => number;
  readonly #line: RewrittenLine;
  #message = '';
  #begun = 0;

  constructor({ out, now }: SetupScreenOptions) {
    this.#out = out;
    this.#now = now;
    this.#line = new RewrittenLine(out, now);
  }

  show(progress: SetupProgress): void {
    const now = this.#now();
    const isNew = progress.message !== this.#message;
    if (isNew) {
      this.#keep();
      this.#message = progress.phase === 'done' ? '' : progress.message;
      this.#begun = now;
    }
    if (this.#message === '' || !(isNew || this.#line.isDue)) return;
    const seconds = (now - this.#begun) / 1000;
    this.#line.draw((columns) => `• ${progressLine(progress, seconds, columns - 2)}`);
  }

  clear(): void {
    if (this.#message === '') return;
    this.#message = '';
    this.#line.clear();
  }

  #keep(): void {
    if (this.#message === '') return;
    const seconds = clockText((this.#now() - this.#begun) / 1000);
    this.#line.clear();
    this.#out.write(`✓ ${this.#message} (${seconds})\n`);
  }
}

/** For logs: a line for each thing, and now and then where a long one stands. */
class PlainSetupScreen implements SetupScreen {
  readonly #out: Output;
  readonly #now: () => number;
  #message = '';
  #said = 0;

  constructor({ out, now }: SetupScreenOptions) {
    this.#out = out;
    this.#now = now;
  }

  show({ phase, message, bytes }: SetupProgress): void {
    if (phase === 'done') return;
    const now = this.#now();
    if (message !== this.#message) {
      this.#message = message;
      this.#said = now;
      const size = bytes === undefined ? '' : ` (${megabytes(bytes.total)} MB)`;
      this.#out.write(`${message}${size}\n`);
    } else if (bytes !== undefined && bytes.done < bytes.total && now - this.#said >= PLAIN_EVERY_MS) {
      this.#said = now;
      this.#out.write(`${message}: ${percentText(bytes.done / bytes.total)}\n`);
    }
  }

  clear(): void {}
}
