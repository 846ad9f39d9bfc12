import type { Coordinator } from '../../coordinator/coordinator.ts';
import type { RunEvent, RunSummary } from '../../coordinator/progress/events.ts';
import { EXIT } from '../../shared/errors.ts';
import { hostAndPort } from '../../shared/job/options.ts';
import { printFailure } from '../command/failure.ts';
import { COMMAND, exampleImage } from '../command/self.ts';
import { resultLines } from '../ui/result.ts';
import { createScreen, type Screen } from '../ui/screen.ts';
import type { Asked } from './asked.ts';
import { type BeginOptions, beginRun } from './begin.ts';
import { onInterrupt } from './interrupts.ts';
import { type OpenedPage, openPage } from './open-page.ts';
import { onSaveSignal } from '../../shared/save-signals.ts';
import { pageText } from './page.ts';

export interface LeadOptions extends BeginOptions {
  readonly quiet: boolean;
  readonly json: boolean;
  readonly open: boolean;
  /** Seconds. */
  readonly linger: number;
}

/** Processes that live and end with the run. */
export interface Followers {
  /** What happens in the run. */
  observe(event: RunEvent): void;
  /** What else there is to say at its end. */
  report?(summary: RunSummary | null): readonly string[];
  /** The run is over: waits for them to end, and ends those that do not. `atOnce`: without much patience. */
  gone(atOnce?: boolean): Promise<void>;
  /** At once. */
  kill(): void;
}

export interface Leading {
  readonly token: string | null;
  /** The workers of the run do not end with it. */
  readonly workersLiveOn: boolean;
  /** The coordinator listens. */
  readonly onListening: (coordinator: Coordinator, screen: Screen) => Followers | null;
}

/** Leads a run from its first to its last moment, shows it, and answers Ctrl-C. Returns the exit code. */
export async function leadRun(
  asked: Asked<LeadOptions>,
  { token, workersLiveOn, onListening }: Leading,
): Promise<number> {
  const { runDir, options, job, resumeCommand } = asked;
  const { quiet, json, linger } = options;
  const screen = createScreen({ out: process.stdout, quiet, json, now: Date.now });
  let coordinator: Coordinator | null = null;
  let followers: Followers | null = null;
  let interrupted = false;
  let page: OpenedPage | null = null;
  let releaseSaving = (): void => undefined;
  const atOnce = (): never => {
    screen.clear();
    followers?.kill();
    process.exit(EXIT.interrupted);
  };
  const release = onInterrupt({
    // Before there is a coordinator, nothing has begun that would have to be finished in order.
    gently: (reason) => {
      interrupted = true;
      if (coordinator === null) atOnce();
      else coordinator.interrupt(reason);
    },
    atOnce,
  });
  try {
    coordinator = await beginRun(
      asked,
      token,
      (event) => {
        screen.show(event);
        followers?.observe(event);
        if (event.type === 'failed') printFailure(event.message);
      },
      workersLiveOn,
    );
    const { host } = hostAndPort(options.listen);
    const hasViewToken = (options.viewToken ?? options.viewTokenFile ?? null) !== null;
    screen.tell('page', pageText({ url: coordinator.url, host, hasToken: token !== null, hasViewToken }));
    if (options.open && !coordinator.isOver) {
      page = await openPage(coordinator.url, token);
      if (page.trouble !== null) screen.note(page.trouble);
    }
    const { save } = coordinator;
    releaseSaving = onSaveSignal(() =>
      screen.note(save() ?? 'a checkpoint of what there is now, as a signal asks for it'),
    );
    followers = onListening(coordinator, screen);
    const { exitCode, summary } = await coordinator.finished;
    if (summary !== null) {
      const fallback = job.engine === 'auto' && summary.engine === 'wasm';
      const example = exampleImage(job.data);
      screen.say(resultLines(summary, { runDir, command: COMMAND, resumeCommand, fallback, example }));
    }
    const report = followers?.report?.(summary) ?? [];
    if (report.length > 0) screen.say(report);
    return exitCode;
  } finally {
    screen.clear();
    await followers?.gone(interrupted);
    // Whoever interrupted it waits for the end.
    if (!interrupted) await coordinator?.linger(linger * 1000);
    await coordinator?.close();
    await page?.close();
    releaseSaving();
    release();
  }
}
