import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from '../coordinator/tensorboard/read-events.ts';
import { readLines, run, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const data = path.join(folder, 'lamps');
const runDir = path.join(folder, 'run');

/** Bright and dark images; every fifth one lies in the wrong folder, so that there are mistakes to see. */
async function makeLamps(): Promise<void> {
  for (const [label, name] of ['dark', 'bright'].entries()) {
    mkdirSync(path.join(data, name), { recursive: true });
    for (let n = 0; n < 40; n++) {
      const bright = n % 5 === 0 ? 1 - label : label;
      const pixels = Buffer.alloc(8 * 8 * 3, 40 + bright * 150 + (n % 7));
      const image = sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } });
      writeFileSync(path.join(data, name, `${n}.png`), await image.png().toBuffer());
    }
  }
}

interface MetricsLine {
  readonly type: 'step' | 'evaluation';
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
}

interface Evaluation {
  readonly samples: number;
  readonly correct: number;
  readonly loss: number;
  readonly classes: readonly { readonly name: string; readonly support: number }[];
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly { readonly name: string; readonly actual: string; readonly decided: string }[];
}

describe('seeing a run, of one logit for two classes, that was resumed', () => {
  beforeAll(async () => {
    await makeLamps();
    const network = ['--channels', '4', '--dense', '8', '--loss', 'sigmoid', '--lr', '0.05'];
    const flags = [...network, '--engine', 'wasm', '--threads', '1', '--histograms'];
    await train(runDir, ['--data', data, ...flags, '--workers', '2', '--batch', '16', '--steps', '10']);
    await train(runDir, ['--resume', '--workers', '1', '--steps', '20']);
  });

  it('its event files say what metrics.jsonl says, and how the weights were spread at each checkpoint', () => {
    const filesOf = (dir: string) => {
      const names = readdirSync(path.join(runDir, dir)).filter((name) => name.startsWith('events.out.tfevents.'));
      return names.toSorted().map((name) => readEvents(readFileSync(path.join(runDir, dir, name))));
    };
    const lines = readLines<MetricsLine>(path.join(runDir, 'metrics.jsonl'));
    for (const [type, tag] of [
      ['step', 'train'],
      ['evaluation', 'validation'],
    ] as const) {
      const files = filesOf(tag);
      expect(files.map((events) => events.filter(({ session }) => session !== null).map(({ step }) => step))).toEqual([
        [],
        [11],
      ]);
      const seen = files
        .flat()
        .flatMap(({ step, scalars }) => ('loss' in scalars ? [[step, scalars['loss'], scalars['accuracy']]] : []));
      const said = lines
        .filter((line) => line.type === type)
        .map(({ step, loss, accuracy }) => [step, Math.fround(loss), Math.fround(accuracy)]);
      expect(said.length).toBeGreaterThanOrEqual(type === 'step' ? 20 : 5);
      expect(seen).toEqual(said);
    }
    const spread = filesOf('train')
      .flat()
      .filter(({ histograms }) => Object.keys(histograms).length > 0);
    expect(spread.at(-1)?.step).toBe(20);
    // 4 filters of 3x3 pixels in three colours.
    expect(spread.map(({ histograms }) => histograms['conv1/weight']!.count)).toEqual(spread.map(() => 108));
  });

  it('eval counts each sample once, by class, and draws its mistakes', async () => {
    const picture = path.join(folder, 'mistakes.png');
    const { code, stdout } = await run(['eval', runDir, '--engine', 'wasm', '--mistakes', picture, '--json']);
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as Evaluation;
    const { confusion, classes, mistakes } = found;
    expect(found.samples).toBe(16);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(16);
    expect(confusion.map((row) => row.reduce((sum, count) => sum + count, 0))).toEqual(
      classes.map(({ support }) => support),
    );
    expect(confusion[0]![0]! + confusion[1]![1]!).toBe(found.correct);
    expect(mistakes.length).toBe(16 - found.correct);
    expect(mistakes.length).toBeGreaterThan(0);
    for (const { name, actual, decided } of mistakes) {
      expect(name.startsWith(`${actual}/`)).toBe(true);
      expect(decided).not.toBe(actual);
    }
    expect((await sharp(picture).metadata()).format).toBe('png');

    const table = await run(['eval', runDir, '--engine', 'wasm', '--data', data, '--split', 'all']);
    expect(table.stdout).toMatch(/^samples +80 \(all\) of lamps, /m);
    expect(table.stdout).toMatch(/^class +precision +recall +F1 +samples$/m);
    expect(table.stdout).toMatch(/^mean .* 80$/m);
  });

  it('predict goes through a folder, names what is no image, tells of the others, and exits with 65', async () => {
    const pictures = path.join(folder, 'pictures');
    mkdirSync(path.join(pictures, 'deeper'), { recursive: true });
    for (const [name, level] of [
      ['dark.png', 40],
      ['deeper/bright.png', 190],
    ] as const) {
      const image = sharp(Buffer.alloc(192, level), { raw: { width: 8, height: 8, channels: 3 } });
      writeFileSync(path.join(pictures, name), await image.png().toBuffer());
    }
    const bad = path.join(pictures, 'deeper', 'bad.jpg');
    writeFileSync(bad, 'no picture');
    const { code, stdout, stderr } = await run(['predict', runDir, pictures, '--engine', 'wasm', '--top', '1']);
    expect(code).toBe(65);
    expect(stderr).toBe(`gradsocket: ${bad} cannot be decoded: it is not a JPEG, PNG or WebP file, but text.\n`);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)[1]),
    ).toEqual(['dark', 'bright']);

    rmSync(bad);
    const json = await run(['predict', runDir, pictures, '--engine', 'wasm', '--json']);
    expect(json.code).toBe(0);
    for (const line of json.stdout.trim().split('\n')) {
      const { predictions } = JSON.parse(line) as { predictions: readonly { probability: number }[] };
      expect(predictions.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
    }
  });
});
