import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readLines, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

interface StepLine {
  readonly type: string;
  readonly loss: number;
}

it('tensorflow, wasm and cpu give the same loss curve over 20 steps', async () => {
  const curves: Record<string, number[]> = {};
  for (const engine of ['tensorflow', 'wasm', 'cpu']) {
    const runDir = path.join(folder, engine);
    await train(runDir, [
      '--engine',
      engine,
      '--workers',
      '2',
      '--channels',
      '8,16',
      '--dense',
      '32',
      '--steps',
      '20',
      '--threads',
      '1',
    ]);
    curves[engine] = readLines<StepLine>(path.join(runDir, 'metrics.jsonl')).flatMap(({ type, loss }) =>
      type === 'step' ? [loss] : [],
    );
  }
  const reference = curves.cpu!;
  expect(reference).toHaveLength(20);
  expect(reference.at(-1)).toBeLessThan(reference[0]!);
  for (const engine of ['tensorflow', 'wasm']) {
    for (const [i, loss] of curves[engine]!.entries()) {
      expect(Math.abs(loss - reference[i]!) / reference[i]!, `${engine}, step ${i}`).toBeLessThan(1e-3);
    }
  }
});
