import pc from 'picocolors';
import type { RunEvent } from '../../coordinator/progress/events.ts';
import { type EventLine, eventLine } from './event-line.ts';
import { epochText } from './epochs.ts';
import { liveLine } from './live-line.ts';
import { plotLines } from './plot.ts';
import { canRewrite, columnsOf, type Output, RewrittenLine } from './rewritten-line.ts';
import { advance, type Progress, STARTING } from './progress.ts';
import { jsonLine, keyValueLine } from './structured-line.ts';
import { showsUnicode } from './unicode.ts';
import { visible } from '../../shared/visible.ts';

/** Where a run is shown. */
export interface Screen {
  show(event: RunEvent): void;
  /** The result, for people: JSON leaves it out. */
  say(lines: readonly string[]): void;
  /** What a person may have to do; only where events are shown to people. */
  note(text: string): void;
  /** The same, of something that has a name. */
  tell(about: string, text: string): void;
  /** Takes the live line away. Call before anything else writes to the terminal. */
  clear(): void;
}

export interface ScreenOptions {
  readonly out: Output;
  readonly quiet: boolean;
  readonly json: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of the terminal: what it can show. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export function createScreen(options: ScreenOptions): Screen {
  if (options.json) return jsonScreen(options);
  if (options.quiet) return quietScreen(options);
  return options.out.isTTY === true ? new LiveScreen(options) : logScreen(options);
}

function jsonScreen({ out, now }: ScreenOptions): Screen {
  return {
    show: (event) => out.write(`${jsonLine(event, new Date(now()))}\n`),
    say: () => undefined,
    note: () => undefined,
    tell: () => undefined,
    clear: () => undefined,
  };
}

function quietScreen({ out }: ScreenOptions): Screen {
  return {
    show: () => undefined,
    say: (lines) => printLines(out, lines),
    note: () => undefined,
    tell: () => undefined,
    clear: () => undefined,
  };
}

/** What comes from elsewhere does not reach the terminal raw; `paint` adds colours. */
export function printLines(out: Output, lines: readonly string[], paint = (line: string): string => line): void {
  if (lines.length > 0) out.write(lines.map((line) => `${paint(visible(line))}\n`).join(''));
}

/** A step a line would drown everything else. */
const STEP_LINE_EVERY_MS = 5_000;

function logScreen({ out, now }: ScreenOptions): Screen {
  let next = 0;
  return {
    show: (event) => {
      if (event.type === 'workerStep' || (event.type === 'step' && now() < next)) return;
      if (event.type === 'step') next = now() + STEP_LINE_EVERY_MS;
      out.write(`${visible(keyValueLine(event, new Date(now())))}\n`);
    },
    say: (lines) => printLines(out, lines),
    note: (text) => printLines(out, [text]),
    tell: (about, text) => printLines(out, [`${about.padEnd(10)}${text}`]),
    clear: () => undefined,
  };
}

/** Lines that stay, and below them, where the terminal can take it back, one that changes. */
class LiveScreen implements Screen {
  readonly #options: ScreenOptions;
  readonly #line: RewrittenLine | null;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  #progress: Progress = STARTING;

  constructor(options: ScreenOptions) {
    const { out, now, environment = process.env } = options;
    this.#options = options;
    this.#environment = environment;
    this.#line = canRewrite(out, environment['TERM']) ? new RewrittenLine(out, now, environment) : null;
    this.#draw();
  }

  show(event: RunEvent): void {
    const { history: before, waiting } = this.#progress;
    this.#progress = advance(this.#progress, event, this.#options.now() / 1000);
    const over = this.#progress.history.done.slice(before.done.length);
    const lines = [
      ...over.map((one): EventLine => ({ tone: 'good', about: `epoch ${one.epoch + 1}`, text: epochText(one) })),
      eventLine(event),
    ].filter((line) => line !== null);
    this.#write(lines);
    if (event.type === 'finished') this.#plot();
    if (event.type === 'finished' || event.type === 'failed') this.clear();
    else if (lines.length > 0 || waiting !== this.#progress.waiting || this.#line?.isDue) this.#draw();
  }

  say(lines: readonly string[]): void {
    this.clear();
    printLines(this.#options.out, lines, (text) => text.replace(/^\S+/, (about) => pc.bold(about)));
  }

  note(text: string): void {
    this.clear();
    printLines(this.#options.out, [text]);
    this.#draw();
  }

  tell(about: string, text: string): void {
    this.#write([{ tone: 'plain', about, text }]);
    this.#draw();
  }

  clear(): void {
    this.#line?.clear();
  }

  #write(lines: readonly EventLine[]): void {
    if (lines.length === 0) return;
    this.clear();
    this.#options.out.write(lines.map((line) => `${coloured(line)}\n`).join(''));
  }

  #plot(): void {
    if (!showsUnicode(this.#environment)) return;
    const lines = plotLines(this.#progress.history.done, columnsOf(this.#options.out));
    if (lines.length === 0) return;
    this.clear();
    printLines(this.#options.out, ['', ...lines, '']);
  }

  #draw(): void {
    this.#line?.draw((columns) => liveLine(this.#progress, columns));
  }
}

function coloured({ tone, about, text }: EventLine): string {
  const colour = { plain: pc.dim, good: pc.green, bad: pc.yellow }[tone];
  return `${colour(visible(about).padEnd(10))}${visible(text)}`;
}
