// @ts-check
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gradsocket } from '../soak/processes.mjs';

const JOB = [
  ...['--engine', 'wasm', '--threads', '1', '--channels', '4', '--dense', '8', '--batch', '120', '--microbatches', '6'],
  ...['--epochs', '100000', '--checkpoint-every', '500', '--eval-every', '500'],
];

/** A run of two workers that goes on until it is told to stop. */
export class Target {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    this.runDir = join(folder, 'run');
    this.steps = 0;
    this.url = '';
    /** @type {string[]} */
    this.warnings = [];
    /** @type {(import('../soak/processes.mjs').Program & { name: string })[]} */
    this.programs = [];
    /** @type {number[]} */
    this.workerPorts = [];
  }

  async begin() {
    const listening = new Promise((/** @type {(url: string) => void} */ resolve) => {
      const args = [
        'coordinator',
        '--run-dir',
        this.runDir,
        '--json',
        '--listen',
        '127.0.0.1:0',
        '--workers',
        '2',
        '--max-workers',
        '5',
      ];
      const coordinator = gradsocket([...args, ...JOB], (line) => {
        const event = JSON.parse(line);
        if (event.type === 'listening') resolve(event.url);
        if (event.type === 'step') this.steps = event.step;
        if (event.type === 'warning' || event.type === 'failed') this.warnings.push(event.message);
      });
      this.programs.push({ ...coordinator, name: 'coordinator' });
    });
    this.url = await listening;
    for (const name of ['w0', 'w1']) {
      const port = await freePort();
      this.workerPorts.push(port);
      const args = ['worker', '--coordinator', this.url, '--name', name, '--listen', `127.0.0.1:${port}`];
      this.programs.push({ ...gradsocket(args), name });
    }
    await this.stepsAfter(20);
  }

  /** Until so many steps more are committed. @param {number} more */
  async stepsAfter(more) {
    const wanted = this.steps + more;
    const deadline = performance.now() + 60_000;
    while (this.steps < wanted) {
      const gone = this.programs.find(({ isGone }) => isGone());
      if (gone !== undefined) throw new Error(`${gone.name} is gone: ${gone.said()}`);
      if (performance.now() > deadline) throw new Error(`no ${more} steps in a minute; ${this.warnings.at(-1) ?? ''}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The key of the present generation; null: it is just being written. @returns {string | null} */
  key() {
    try {
      return JSON.parse(readFileSync(join(this.runDir, 'generation.key'), 'utf8'))[0]?.key ?? null;
    } catch {
      return null;
    }
  }

  /** MiB that each process has in memory. @returns {Record<string, number>} */
  memory() {
    return Object.fromEntries(
      this.programs.map(({ name, child }) => {
        const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
        return [name, Math.round(Number(kib) / 1024)];
      }),
    );
  }

  /** Stops it, and compares with a run that nobody disturbed. @returns {Promise<string | null>} what is wrong */
  async wrong() {
    const [coordinator, ...workers] = this.programs;
    coordinator?.child.kill('SIGINT');
    const code = await coordinator?.ended;
    if (code !== 130) return `the coordinator ended with ${code}: ${coordinator?.said()}`;
    for (const { name, ended, said } of workers) {
      const ending = await ended;
      if (ending !== 130 && ending !== 0) return `${name} ended with ${ending}: ${said()}`;
    }
    const { steps, weightsDigest } = JSON.parse(readFileSync(join(this.runDir, 'summary.json'), 'utf8'));
    const alone = join(this.folder, 'alone');
    const whole = gradsocket([
      'launch',
      '--workers',
      '1',
      '--run-dir',
      alone,
      '--quiet',
      ...JOB,
      '--steps',
      `${steps}`,
    ]);
    if ((await whole.ended) !== 0) return `the undisturbed run failed: ${whole.said()}`;
    const undisturbed = JSON.parse(readFileSync(join(alone, 'summary.json'), 'utf8')).weightsDigest;
    return undisturbed === weightsDigest ? null : `after ${steps} steps its weights differ from the undisturbed run's`;
  }

  async end() {
    for (const { child, isGone } of this.programs) if (!isGone()) child.kill('SIGKILL');
    await Promise.all(this.programs.map(({ ended }) => ended));
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
