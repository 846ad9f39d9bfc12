import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunSummary } from '../../src/coordinator/progress/events.ts';

/** Runs the built command line as a user would: real processes, real sockets. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves with the first line of stdout (whole lines only) that `matches`; rejects when the process ends before. */
  line(matches: (line: string) => boolean): Promise<string>;
}

/** `through`: a program, with arguments of its own, that runs another one. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Running {
  const [command = '', ...rest] = [...through, process.execPath, MAIN, ...args];
  const child = spawn(command, rest, {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let ended = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => {
      ended = true;
      wake();
      resolve({ code, stdout, stderr });
    });
  });
  const line = (matches: (line: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const lines = stdout.split('\n');
        lines.pop();
        const found = lines.find(matches);
        if (found !== undefined) resolve(found);
        else if (ended) reject(new Error(`the process ended without the line; stdout: ${stdout}\nstderr: ${stderr}`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  return { child, finished, line };
}

export function run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished> {
  return start(args, env).finished;
}

/** A folder for one test, removed by `remove`. The space in its name is there on purpose. */
export function temporaryFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'grad socket '));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function readSummary(runDir: string): RunSummary {
  return JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8')) as RunSummary;
}

/** Lines of a JSON-lines file, believed to be `T`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it wrote
export function readLines<T>(file: string): readonly T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Launches a run to its end and returns its summary; a run that fails fails the test with what it printed. */
export async function train(
  runDir: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<RunSummary> {
  const result = await run(['launch', '--run-dir', runDir, '--quiet', ...args], env);
  if (result.code !== 0) throw new Error(`exit code ${result.code}\n${result.stdout}\n${result.stderr}`);
  return readSummary(runDir);
}
