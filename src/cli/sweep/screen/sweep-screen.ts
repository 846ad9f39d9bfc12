import pc from 'picocolors';
import type { SweepEvent } from '../events.ts';
import { printFailure } from '../../command/failure.ts';
import { canRewrite, type Output, RewrittenLine } from '../../ui/rewritten-line.ts';
import { printLines, type ScreenOptions } from '../../ui/screen.ts';
import { jsonLine, keyValueLine } from '../../ui/structured-line.ts';
import { advanceSweep, SWEEP_STARTING, sweepLine } from './sweep-progress.ts';
import { plural } from '../../../shared/plural.ts';
import { lossText, percentText } from '../../ui/text.ts';

/** Where a sweep is shown. */
export interface SweepScreen {
  show(event: SweepEvent): void;
  /** The result, for people: JSON leaves it out. */
  say(lines: readonly string[]): void;
  /** Takes the live line away. Call before anything else writes to the terminal. */
  clear(): void;
}

export function createSweepScreen(options: ScreenOptions): SweepScreen {
  const { out, quiet, json, now } = options;
  const say = (lines: readonly string[]): void => {
    printLines(out, lines);
  };
  if (json) {
    return { show: (event) => out.write(`${jsonLine(event, new Date(now()))}\n`), say: () => {}, clear: () => {} };
  }
  if (quiet) return { show: showErrors, say, clear: () => {} };
  if (canRewrite(out)) return new LiveSweepScreen(out, now);
  return {
    show: (event) => {
      // What each run says of itself is in its own log.
      if (event.type !== 'run') printLines(out, [keyValueLine(event, new Date(now()))]);
    },
    say,
    clear: () => {},
  };
}

/** What stays to be said where only the result and errors are wanted. */
function showErrors(event: SweepEvent): void {
  if (event.type === 'runEnded' && event.verdict === 'failed') printFailure(`${event.label}: ${event.sentence}`);
}

/** A line that stays; null: nothing is said of it. */
function sweepEventLine(event: SweepEvent): { readonly bad: boolean; readonly text: string } | null {
  switch (event.type) {
    case 'sweep': {
      const { runs, missing, parallel, workers, dir } = event;
      const at = parallel === 1 ? 'one after the other' : `${parallel} at a time`;
      const left = missing < runs ? `, ${runs - missing} of them finished before` : '';
      return {
        bad: false,
        text: `${plural(runs, 'run')}${left}; ${at} on ${plural(workers, 'worker')} each, in ${dir}`,
      };
    }
    case 'note':
      return { bad: false, text: event.message };
    case 'runEnded': {
      const { label, verdict, sentence, validationAccuracy: accuracy, validationLoss: loss, finished, runs } = event;
      const figures = accuracy === null ? '' : `${percentText(accuracy)}  loss ${lossText(loss ?? Number.NaN)}  `;
      const said = verdict === 'learned' ? '' : sentence;
      return {
        bad: said !== '',
        text: `${`${finished}/${runs}`.padEnd(8)}${figures}${label}${said === '' ? '' : `: ${said}`}`,
      };
    }
    case 'stopping':
      return { bad: false, text: `stopping: ${event.reason}` };
    case 'run':
      return event.event.type === 'warning' ? { bad: true, text: `${event.run}: ${event.event.message}` } : null;
    case 'runStarted':
    case 'sweepEnded':
      return null;
  }
}

class LiveSweepScreen implements SweepScreen {
  readonly #out: Output;
  readonly #now: () => number;
  readonly #begun: number;
  readonly #line: RewrittenLine;
  #progress = SWEEP_STARTING;

  constructor(out: Output, now: () => number) {
    this.#out = out;
    this.#now = now;
    this.#begun = now();
    this.#line = new RewrittenLine(out, now);
  }

  show(event: SweepEvent): void {
    this.#progress = advanceSweep(this.#progress, event);
    const line = sweepEventLine(event);
    if (line !== null) {
      this.clear();
      printLines(this.#out, [line.text], line.bad ? pc.yellow : undefined);
    }
    if (event.type === 'sweepEnded') this.clear();
    else if (line !== null || this.#line.isDue) this.#draw();
  }

  say(lines: readonly string[]): void {
    this.clear();
    printLines(this.#out, lines);
  }

  clear(): void {
    this.#line.clear();
  }

  #draw(): void {
    const seconds = (this.#now() - this.#begun) / 1000;
    this.#line.draw((columns) => sweepLine(this.#progress, seconds, columns));
  }
}
