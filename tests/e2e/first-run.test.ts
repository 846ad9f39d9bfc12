import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/coordinator/progress/events.ts';
import { openDataset } from '../../src/data/open.ts';
import { readLines, run, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const runDir = path.join(folder, 'first run');
const plainTfjs = fileURLToPath(new URL('./plain-tfjs.mjs', import.meta.url));

interface Step {
  readonly epoch: number;
  readonly samples: number;
}

describe('the first run: the CNN on digits, two workers, the defaults', () => {
  let summary: RunSummary;
  beforeAll(async () => {
    summary = await train(runDir, ['--workers', '2']);
  });

  it('reaches a validation accuracy of 0.97', () => {
    expect(summary.status).toBe('done');
    expect(summary.workers).toBe(2);
    expect(summary.validationAccuracy).toBeGreaterThanOrEqual(0.97);
  });

  it('leaves the whole run folder', () => {
    for (const name of [
      'job.yaml',
      'summary.json',
      'metrics.jsonl',
      'ledger.jsonl',
      'logs',
      summary.checkpoint!,
      summary.bestCheckpoint!,
    ]) {
      expect(existsSync(path.join(runDir, name)), name).toBe(true);
    }
  });

  it('counts every training sample once an epoch in its ledger', () => {
    const perEpoch = new Map<number, number>();
    for (const line of readLines<Partial<Step>>(path.join(runDir, 'ledger.jsonl'))) {
      if ('step' in line) perEpoch.set(line.epoch!, (perEpoch.get(line.epoch!) ?? 0) + line.samples!);
    }
    expect(perEpoch.size).toBe(summary.epochs);
    for (const samples of perEpoch.values()) expect(samples).toBe(1438);
  });

  it('evaluates again to the same accuracy, on another engine too', async () => {
    for (const engine of ['tensorflow', 'wasm']) {
      const { code, stdout } = await run([
        'eval',
        runDir,
        '--data',
        'digits',
        '--checkpoint',
        'newest',
        '--engine',
        engine,
        '--json',
      ]);
      expect(code).toBe(0);
      expect((JSON.parse(stdout) as { accuracy: number }).accuracy).toBe(summary.validationAccuracy);
    }
  });

  it('predicts a picture file, and its export answers in plain tfjs with the same accuracy', async () => {
    const data = await openDataset({
      data: 'digits',
      imageSize: null,
      validationSplit: 0.2,
      badImages: 'fail',
      seed: 1,
      cacheDir: folder,
    });
    const { imageShape, validationSamples } = data.description;
    const [height, width, channels] = imageShape;
    const samples = await Promise.all(
      Array.from({ length: validationSamples }, async (_, i) => ({
        label: data.labelOf('validation', i),
        pixels: await data.read('validation', i),
      })),
    );

    const pictures = samples
      .slice(0, 20)
      .map(({ pixels }, i) => ({ file: path.join(folder, `digit ${i}.png`), pixels }));
    for (const { file, pixels } of pictures) {
      await sharp(pixels, { raw: { width, height, channels } }).png().toFile(file);
    }
    const predicted = await run([
      'predict',
      runDir,
      '--checkpoint',
      'newest',
      '--json',
      '--top',
      '1',
      ...pictures.map(({ file }) => file),
    ]);
    expect(predicted.code).toBe(0);
    for (const { file } of pictures) expect(predicted.stdout).toContain(path.basename(file));

    const model = path.join(folder, 'model');
    expect((await run(['export', runDir, '--format', 'tfjs', '--checkpoint', 'newest', '--output', model])).code).toBe(
      0,
    );
    const samplesFile = path.join(folder, 'samples.json');
    writeFileSync(
      samplesFile,
      JSON.stringify({
        shape: imageShape,
        pixels: samples.map(({ pixels }) => [...pixels]),
        labels: samples.map(({ label }) => label),
      }),
    );
    const { stdout } = await promisify(execFile)(process.execPath, [plainTfjs, model, samplesFile]);
    expect((JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { accuracy: number }).accuracy).toBe(
      summary.validationAccuracy,
    );
  });
});
