import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLines, run, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const small = ['--engine', 'tensorflow', '--channels', '4,8', '--dense', '16', '--threads', '1', '--eval-every', '0'];

interface Line {
  readonly type: string;
  readonly loss: number;
}

describe('--precision bf16', () => {
  it('learns digits along the loss curve of float32', async () => {
    const curves: Record<string, number[]> = {};
    const accuracy: Record<string, number> = {};
    for (const precision of ['f32', 'bf16']) {
      const runDir = path.join(folder, precision);
      const summary = await train(runDir, [
        ...['--engine', 'tensorflow', '--precision', precision, '--workers', '2', '--threads', '1'],
        ...['--channels', '8,16', '--dense', '32', '--optimizer', 'adam', '--epochs', '3', '--batch', '32'],
      ]);
      accuracy[precision] = summary.validationAccuracy!;
      curves[precision] = readLines<Line>(path.join(runDir, 'metrics.jsonl')).flatMap(({ type, loss }) =>
        type === 'step' ? [loss] : [],
      );
    }
    const { f32, bf16 } = curves as { f32: number[]; bf16: number[] };
    expect(bf16).not.toEqual(f32);
    expect(bf16).toHaveLength(f32.length);
    // Tenths of the curve: single batches scatter.
    const span = Math.floor(f32.length / 10);
    for (let start = 0; start + span <= f32.length; start += span) {
      const mean = (curve: readonly number[]) =>
        curve.slice(start, start + span).reduce((sum, loss) => sum + loss, 0) / span;
      expect(Math.abs(mean(bf16) - mean(f32)), `steps ${start} to ${start + span}`).toBeLessThan(0.05 + mean(f32) / 10);
    }
    expect(accuracy.bf16).toBeGreaterThan(accuracy.f32! - 0.05);
  });

  it('and --wire bf16 give the same bits for 1, 2 and 3 workers, mesh and star', async () => {
    const digests: Record<string, string | null> = {};
    for (const [workers, topology] of [
      [1, 'mesh'],
      [2, 'mesh'],
      [2, 'star'],
      [3, 'mesh'],
    ] as const) {
      const runDir = path.join(folder, `${workers} ${topology}`);
      const summary = await train(runDir, [
        ...small,
        ...['--precision', 'bf16', '--wire', 'bf16', '--microbatches', '5', '--batch', '40', '--steps', '6'],
        ...['--topology', topology, '--workers', `${workers}`],
      ]);
      digests[`${workers} ${topology}`] = summary.weightsDigest;
    }
    expect(new Set(Object.values(digests)).size, JSON.stringify(digests)).toBe(1);
  });

  it('is refused with an engine that computes in float32 alone, asked for or taken', async () => {
    const asked = await run(['launch', '--engine', 'wasm', '--precision', 'bf16', '--run-dir', path.join(folder, 'a')]);
    expect(asked.code).toBe(64);
    expect(asked.stderr).toContain('wasm computes in f32 alone');
    const taken = await run(
      ['launch', '--workers', '1', '--precision', 'bf16', '--run-dir', path.join(folder, 'b')],
      // Nothing is installed there, so that auto takes wasm.
      { GRADSOCKET_CACHE: path.join(folder, 'empty') },
    );
    expect(taken.code).toBe(78);
    expect(taken.stderr + taken.stdout).toContain(
      '--precision bf16 is not something that the wasm engine can compute in',
    );
  });

  it.each([
    ['--precision', 'bf16'],
    ['--wire', 'bf16'],
  ])('%s %s belongs to the run: a checkpoint without it is not continued', async (flag, value) => {
    const runDir = path.join(folder, `resume ${flag}`);
    await train(runDir, [...small, '--workers', '1', '--steps', '2']);
    const resumed = await run([
      ...['launch', '--run-dir', runDir, '--resume', ...small, '--workers', '1', '--steps', '4', flag, value],
    ]);
    expect(resumed.code).not.toBe(0);
    expect(resumed.stderr).toContain(flag.slice(2));
  });
});
