import pc from 'picocolors';
import type { RunEvent } from '../../coordinator/progress/events.ts';
import { type EventLine, eventLine } from './event-line.ts';
import { liveLine } from './live-line.ts';
import { type Output, RewrittenLine } from './rewritten-line.ts';
import { advance, type Progress, STARTING } from './progress.ts';
import { jsonLine, keyValueLine } from './structured-line.ts';
import { visible } from '../../shared/visible.ts';

/** Where a run is shown. */
export interface Screen {
  show(event: RunEvent): void;
  /** The result, for people: JSON leaves it out. */
  say(lines: readonly string[]): void;
  /** What a person may have to do; only where events are shown to people. */
  note(text: string): void;
  /** Takes the live line away. Call before anything else writes to the terminal. */
  clear(): void;
}

export interface ScreenOptions {
  readonly out: Output;
  readonly quiet: boolean;
  readonly json: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
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
    clear: () => undefined,
  };
}

function quietScreen({ out }: ScreenOptions): Screen {
  return {
    show: () => undefined,
    say: (lines) => printLines(out, lines),
    note: () => undefined,
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
    clear: () => undefined,
  };
}

class LiveScreen implements Screen {
  readonly #options: ScreenOptions;
  readonly #line: RewrittenLine;
  #progress: Progress = STARTING;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#line = new RewrittenLine(options.out, options.now);
    this.#draw();
  }

  show(event: RunEvent): void {
    this.#progress = advance(this.#progress, event);
    const line = eventLine(event);
    if (line !== null) {
      this.clear();
      this.#options.out.write(`${coloured(line)}\n`);
    }
    if (event.type === 'finished' || event.type === 'failed') this.clear();
    else if (line !== null || this.#line.isDue) this.#draw();
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

  clear(): void {
    this.#line.clear();
  }

  #draw(): void {
    this.#line.draw((columns) => liveLine(this.#progress, columns));
  }
}

function coloured({ tone, about, text }: EventLine): string {
  const colour = { plain: pc.dim, good: pc.green, bad: pc.yellow }[tone];
  return `${colour(visible(about).padEnd(10))}${visible(text)}`;
}
