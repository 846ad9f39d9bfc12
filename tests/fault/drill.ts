import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { expect } from 'vitest';
import type { RunEvent, RunSummary } from '../../src/coordinator/progress/events.ts';
import { type Finished, readLines, readSummary, type Running, start, train } from '../e2e/gradsocket.ts';
import { allGone } from '../e2e/processes.ts';

/** Epochs of six steps each, after which it evaluates, and checkpoints in between. */
export function jobOf(epochs: number): readonly string[] {
  return [
    ...['--engine', 'wasm', '--threads', '1', '--channels', '4', '--dense', '8'],
    ...['--batch', '256', '--microbatches', '6', '--epochs', String(epochs), '--checkpoint-every', '4'],
  ];
}

/** Trains in a moment. */
const JOB = jobOf(3);

/** Samples of the bundled dataset that are trained on. */
const SAMPLES = 1438;

interface LedgerLine {
  readonly type: string;
  readonly step: number;
  readonly epoch: number;
  readonly start: number;
  readonly end: number;
}

export interface DrillOptions {
  /** For everything that the drill writes. */
  readonly folder: string;
  readonly name: string;
  readonly workers: number;
  /** Of the coordinator, beside the job's. */
  readonly flags?: readonly string[];
  readonly job?: readonly string[];
}

/** A run of real processes to which things are done. */
export class Drill {
  readonly runDir: string;
  readonly coordinators: Running[] = [];
  readonly workers = new Map<string, Running>();
  readonly #options: DrillOptions;
  readonly #temporary: string;
  #url = '';

  private constructor(options: DrillOptions, temporary: string) {
    this.#options = options;
    this.#temporary = temporary;
    this.runDir = path.join(options.folder, options.name);
  }

  static async begin(options: DrillOptions): Promise<Drill> {
    await mkdir(options.folder, { recursive: true });
    const drill = new Drill(options, await mkdtemp(path.join(options.folder, 'tmp-')));
    await drill.lead([]);
    return drill;
  }

  get coordinator(): Running {
    return this.coordinators.at(-1);
  }

  get port(): number {
    return Number(new URL(this.#url).port);
  }

  /** Starts a coordinator: where there has been one on its address, and with what it left. */
  async lead(more: readonly string[], workers = this.#options.workers): Promise<void> {
    const { flags = [], job = JOB } = this.#options;
    const again = this.#url !== '';
    const listen = again ? this.#url.replace('ws://', '') : '127.0.0.1:0';
    const args = ['coordinator', '--run-dir', this.runDir, '--json', '--listen', listen, '--workers', String(workers)];
    const running = start([...args, ...flags, ...(again ? ['--resume'] : job), ...more], { TMPDIR: this.#temporary });
    this.coordinators.push(running);
    this.#url = ((await this.event('listening')) as { url: string }).url;
  }

  /** The first event of the present coordinator that is so. */
  async event(type: RunEvent['type'], matches: (event: never) => boolean = () => true): Promise<unknown> {
    const line = await this.coordinator.line((text) => {
      const event = JSON.parse(text) as RunEvent;
      return event.type === type && matches(event as never);
    });
    return JSON.parse(line);
  }

  /** Until so many steps are committed. */
  async step(count: number): Promise<void> {
    await this.event('step', (event: { step: number }) => event.step >= count);
  }

  join(name: string, fault = '', flags: readonly string[] = []): Running {
    const args = ['worker', '--coordinator', this.#url, '--name', name, '--wait', '60', ...flags];
    const running = start(args, { GRADSOCKET_FAULT: fault, TMPDIR: this.#temporary });
    this.workers.set(name, running);
    return running;
  }

  /** All that the run wants: w0, which gets rank 0, before the others. `faults` by the number in the name. */
  async joinAll(faults: Readonly<Record<number, string>> = {}): Promise<void> {
    this.join('w0', faults[0]);
    await this.event('workerJoined');
    for (let number = 1; number < this.#options.workers; number++) this.join(`w${number}`, faults[number]);
  }

  /**
   * Waits for the end, and checks what holds after any: the digest, every sample once, nobody and nothing left. `lost`: the
   * workers whose processes were ended by a signal. `late`: those whom the end may come before; they are ended.
   */
  async ends(
    digest: string,
    lost: readonly string[],
    { late = [] }: { readonly late?: readonly string[] } = {},
  ): Promise<RunSummary> {
    const { code, stdout, stderr } = await this.coordinator.finished;
    for (const name of late) this.workers.get(name)!.child.kill('SIGKILL');
    const ends = new Map<string, Finished>();
    for (const [name, { finished }] of this.workers) ends.set(name, await finished);
    const told = [...ends].map(([name, { stderr: said }]) => `--- ${name}\n${said}`).join('\n');
    expect(code, `${stderr}\n${lastLines(stdout)}\n${told}`).toBe(0);
    const summary = readSummary(this.runDir);
    expect(summary.weightsDigest, told).toBe(digest);
    checkLedger(this.runDir, summary.steps);
    for (const [name, end] of ends) {
      if (!late.includes(name)) expect([name, end.code], told).toEqual([name, lost.includes(name) ? null : 0]);
    }
    await this.#leavesNothing();
    return summary;
  }

  async #leavesNothing(): Promise<void> {
    const processes = [...this.coordinators, ...this.workers.values()].flatMap(({ child }) => child.pid ?? []);
    expect(await allGone(processes, 2000)).toBe(true);
    expect(await listens(this.port)).toBe(false);
    expect(readdirSync(this.#temporary)).toEqual([]);
    const files = readdirSync(this.runDir, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /\.(?:tmp|partial|part)|run\.lock/.test(file))).toEqual([]);
  }
}

/** Every sample of every epoch was counted once, in order, without a gap. */
export function checkLedger(runDir: string, steps: number): void {
  const lines = readLines<LedgerLine>(path.join(runDir, 'ledger.jsonl')).filter(({ type }) => type === 'step');
  expect(lines.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, step) => step));
  let place = 0;
  for (const { start: from, end } of lines) {
    expect(from).toBe(place);
    expect(end).toBeGreaterThan(from);
    place = end === SAMPLES ? 0 : end;
  }
}

/** What an undisturbed run comes to. */
export async function undisturbed(folder: string, job: readonly string[] = JOB): Promise<string> {
  const { weightsDigest } = await train(path.join(folder, 'undisturbed'), [...job, '--workers', '1']);
  return weightsDigest!;
}

/** The fault of a worker whose rank may have changed by then: whichever it has. */
export function atAnyRank(kind: string, step: number, point: string): string {
  return [0, 1, 2, 3].map((rank) => `${kind}@step=${step},rank=${rank},point=${point}`).join(';');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function lastLines(text: string): string {
  return text.split('\n').slice(-15).join('\n');
}
