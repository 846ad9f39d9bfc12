// @ts-check
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { gradsocket } from './processes.mjs';

export const STEPS = 400;
export const JOB = [
  ...['--engine', 'wasm', '--threads', '1', '--channels', '4', '--dense', '8', '--batch', '120', '--microbatches', '6'],
  ...['--epochs', '40', '--steps', String(STEPS), '--checkpoint-every', '40', '--eval-every', '3'],
];
/** A run that has not ended by then hangs. */
const PATIENCE_MS = 180_000;

/**
 * One run of real processes to which a schedule is done. Returns what is wrong with it; null: nothing.
 * @param {import('./schedule.mjs').Schedule} schedule @param {string} runDir @param {string} digest
 * @returns {Promise<string | null>}
 */
export async function history(schedule, runDir, digest) {
  const world = new World(schedule, runDir);
  const timer = new AbortController();
  try {
    await world.begin();
    const late = pause(PATIENCE_MS, 'late', { signal: timer.signal }).catch(() => 'ended');
    const code = await Promise.race([world.over, late]);
    if (code === 'late') return `it has not ended after ${PATIENCE_MS / 1000} s: ${world.told()}`;
    if (code !== 0) return `exit code ${code}: ${world.told()}`;
    return (await world.leaves()) ?? wrongIn(runDir, digest);
  } finally {
    timer.abort();
    await world.end();
  }
}

/** Coordinator, workers, and what is done to them. */
class World {
  /** @param {import('./schedule.mjs').Schedule} schedule @param {string} runDir */
  constructor(schedule, runDir) {
    this.schedule = schedule;
    this.runDir = runDir;
    /** @type {Map<string, import('./processes.mjs').Program>} */
    this.workers = new Map();
    /** @type {import('./processes.mjs').Program | null} */
    this.coordinator = null;
    this.url = '';
    this.open = [...schedule.deeds];
    this.joined = 0;
    this.ending = false;
    /** Words of those who are gone. @type {string[]} */
    this.words = [];
    /** @type {Promise<number | null>} */
    this.over = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  async begin() {
    await this.lead([]);
    for (let index = 0; index < this.schedule.workers; index++) this.join(`w${this.joined++}`);
  }

  /** @param {readonly string[]} more @returns {Promise<void>} once it listens, or has ended */
  lead(more) {
    const { workers, topology } = this.schedule;
    const args = [
      'coordinator',
      '--run-dir',
      this.runDir,
      '--json',
      '--workers',
      String(workers),
      '--max-workers',
      '6',
    ];
    const job = more.length === 0 ? [...JOB, '--topology', topology, '--listen', '127.0.0.1:0'] : more;
    return new Promise((resolve) => {
      const coordinator = gradsocket([...args, ...job], (line) => {
        const event = JSON.parse(line);
        if (event.type === 'listening') {
          this.url = event.url;
          resolve();
        }
        if (event.type === 'step') this.committed(event.step);
      });
      this.coordinator = coordinator;
      void coordinator.ended.then((code) => {
        this.words.push(coordinator.said());
        // One that was killed for the schedule has another in its place by then, or soon.
        if (code !== null) this.resolve?.(code);
        resolve();
      });
    });
  }

  /** @param {string} name */
  join(name) {
    if (this.ending) return;
    const worker = gradsocket(['worker', '--coordinator', this.url, '--name', name, '--wait', '60']);
    this.workers.set(name, worker);
    void worker.ended.then((code) => {
      if (code !== 0 && code !== null) this.words.push(`${name} (${code}): ${worker.said().slice(-1000)}`);
    });
  }

  /** @param {number} step */
  committed(step) {
    while (this.open[0] !== undefined && this.open[0].step <= step) {
      const deed = /** @type {import('./schedule.mjs').Deed} */ (this.open.shift());
      void this.do(deed);
    }
  }

  /** @param {import('./schedule.mjs').Deed} deed */
  async do({ kind, worker: number, seconds }) {
    const here = [...this.workers].filter(([, worker]) => !worker.isGone());
    const [name, worker] = here[number % here.length] ?? [];
    switch (kind) {
      case 'join':
        return this.join(`w${this.joined++}`);
      case 'coordinator': {
        const { coordinator } = this;
        if (coordinator === null || coordinator.isGone()) return;
        coordinator.child.kill('SIGKILL');
        await coordinator.ended;
        await pause(seconds * 1000);
        if (!this.ending) await this.lead(['--resume', '--listen', this.url.replace('ws://', '')]);
        return;
      }
      default:
    }
    if (name === undefined || worker === undefined) return;
    switch (kind) {
      case 'kill':
        worker.child.kill('SIGKILL');
        await worker.ended;
        await pause(seconds * 1000);
        return this.join(name);
      case 'stop':
        worker.child.kill('SIGSTOP');
        await pause(seconds * 1000);
        worker.child.kill('SIGCONT');
        return;
      case 'drop':
      case 'delay':
        if (worker.child.connected) worker.child.send({ fault: kind, seconds }, () => undefined);
    }
  }

  /** What is wrong with how the workers end once their run is over; null: nothing. */
  async leaves() {
    this.ending = true;
    for (const [name, worker] of this.workers) {
      // One that stood still, or was about to join, has nobody to tell it; it is ended below.
      const code = await Promise.race([worker.ended, pause(3000, 'still here')]);
      if (code !== 0 && code !== null && code !== 'still here' && code !== 75) {
        return `${name} ended with ${code}: ${worker.said()}`;
      }
    }
    return null;
  }

  async end() {
    this.ending = true;
    const all = [this.coordinator, ...this.workers.values()].flatMap((program) => program ?? []);
    for (const { child, isGone } of all) if (!isGone()) child.kill('SIGKILL');
    await Promise.all(all.map(({ ended }) => ended));
  }

  told() {
    const here = [...this.workers].map(([name, worker]) => `${name}: ${worker.said().slice(-1500)}`);
    return [...this.words, this.coordinator?.said() ?? '', ...here].filter((words) => words !== '').join('\n');
  }
}

/** @param {string} runDir @param {string} digest */
function wrongIn(runDir, digest) {
  const summary = JSON.parse(readFileSync(join(runDir, 'summary.json'), 'utf8'));
  if (summary.weightsDigest !== digest) return `the weights are ${summary.weightsDigest}, and should be ${digest}`;
  const lines = readFileSync(join(runDir, 'ledger.jsonl'), 'utf8').split('\n');
  const steps = lines.flatMap((line) => (line.startsWith('{"type":"step"') ? [JSON.parse(line)] : []));
  if (steps.length !== STEPS) return `${steps.length} of ${STEPS} steps are in the ledger`;
  let place = 0;
  for (const [index, { step, start, end, epoch }] of steps.entries()) {
    if (step !== index) return `step ${step} is in the place of step ${index} in the ledger`;
    const first = index > 0 && steps[index - 1].epoch !== epoch ? 0 : place;
    if (start !== first || end <= start) return `step ${step} counts samples ${start} to ${end} after ${first}`;
    place = end;
  }
  return null;
}
