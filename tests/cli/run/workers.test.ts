import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { LocalWorkers } from '../../../src/cli/run/workers.ts';
import type { RunEvent } from '../../../src/coordinator/progress/events.ts';

/** What each process has printed. */
const printed = vi.hoisted(() => new Map<string, string>());

vi.mock('../../../src/cli/run/worker-process.ts', () => ({
  WorkerProcess: class {
    readonly hasLog = true;
    readonly pid = undefined;
    readonly ended = Promise.resolve();
    readonly #name: string;

    constructor({ args }: { readonly args: readonly string[] }) {
      this.#name = args[args.indexOf('--name') + 1]!;
    }

    get printed(): string {
      return printed.get(this.#name) ?? '';
    }

    kill(): void {}
  },
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  printed.clear();
});

function twoWorkers(): { readonly workers: LocalWorkers; readonly told: readonly string[] } {
  const runDir = mkdtempSync(path.join(tmpdir(), 'gradsocket-workers-'));
  const told: string[] = [];
  const workers = new LocalWorkers({
    count: 2,
    cores: 1,
    coordinator: { url: 'ws://10.9.9.9:7070', workerExited: vi.fn(), finished: new Promise(() => undefined) },
    token: null,
    cacheMemory: 2 ** 20,
    runDir,
    onRestart: (sentence) => told.push(sentence),
  });
  onTestFinished(async () => {
    await workers.gone(true);
    rmSync(runDir, { recursive: true });
  });
  return { workers, told };
}

function unreached(name: string): void {
  const why = 'Cannot reach the coordinator at ws://10.9.9.9:7070: it does not answer. Trying for 590 s.';
  printed.set(name, `2026-01-02T03:04:05.000Z ${name}: ${why}\n`);
}

it('that workers do not reach the coordinator is told once, also where both try in vain', () => {
  const { told } = twoWorkers();
  vi.advanceTimersByTime(12_000);
  expect(told).toEqual([]);
  unreached('worker-0');
  unreached('worker-1');
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([
    'worker-0 cannot reach the coordinator at ws://10.9.9.9:7070: it does not answer. It goes on trying; the address of --listen must be one that this machine, too, reaches, also through its firewall.',
  ]);
});

it('one that has joined after all is no news', () => {
  const { workers, told } = twoWorkers();
  unreached('worker-0');
  workers.observe({ type: 'workerJoined', worker: 'worker-0' } as RunEvent);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
});
