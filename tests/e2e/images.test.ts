import { appendFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, run, start, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const images = path.join(folder, 'my pets');
const network = ['--image-size', '16', '--channels', '4,8', '--dense', '8', '--engine', 'wasm'];
const augmentation = ['--flip', '--resized-crop', '0.5', '--jitter', '0.4', '--cutout', '5'];
const job = [...network, '--batch', '24', '--microbatches', '5', '--seed', '7'];

/** Bright spots in the upper half or the lower half, on grounds of any colour: what differs between the classes is where. */
async function photo(file: string, number: number, label: number): Promise<void> {
  const [width, height] = [20 + ((number * 13) % 41), 18 + ((number * 7) % 37)];
  const raw = Buffer.alloc(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bright = y < height / 2 === (label === 0) && (x + number) % 5 < 4 ? 120 : 0;
      for (let c = 0; c < 3; c++) raw[3 * (y * width + x) + c] = bright + ((number * (31 + c) + 3 * x * c) % 90);
    }
  }
  const upright = sharp(raw, { raw: { width, height, channels: 3 } });
  // A few lie on their side, as cameras write them.
  const image = number % 7 === 0 ? upright.rotate(270).withMetadata({ orientation: 6 }) : upright;
  await image.jpeg({ quality: 90 }).toFile(file);
}

beforeAll(async () => {
  await mkdir(images);
  for (let number = 0; number < 60; number++) {
    await photo(path.join(images, `cat.${number}.jpg`), number, 0);
    await photo(path.join(images, `dog.${number}.jpg`), number + 500, 1);
  }
});

describe('a folder of photographs of different sizes', () => {
  it('trains with augmentation, mixed images and weighted classes to the same bits for 1 and 3 workers, and when resumed in mid-epoch', async () => {
    const soft = ['--mixup', '0.4', '--label-smoothing', '0.1', '--class-weights', '0.5,2'];
    const flags = ['--data', images, ...job, ...augmentation, ...soft];
    const one = await train(path.join(folder, 'one'), [...flags, '--workers', '1', '--steps', '12']);
    const three = await train(path.join(folder, 'three'), [...flags, '--workers', '3', '--steps', '12']);
    const runDir = path.join(folder, 'resumed');
    await train(runDir, [...flags, '--workers', '2', '--steps', '7']);
    const resumed = await train(runDir, ['--resume', '--workers', '3', '--steps', '12']);
    const plain = await train(path.join(folder, 'plain'), [
      '--data',
      images,
      ...job,
      '--workers',
      '1',
      '--steps',
      '12',
    ]);
    expect(one.weightsDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(three.weightsDigest).toBe(one.weightsDigest);
    expect(resumed.weightsDigest).toBe(one.weightsDigest);
    expect(plain.weightsDigest).not.toBe(one.weightsDigest);
  });

  it('gives a model that tells the classes apart', async () => {
    const runDir = path.join(folder, 'learnt');
    const flags = ['--data', images, ...job, '--flip', '--jitter', '0.2', '--optimizer', 'adam', '--lr', '0.01'];
    const summary = await train(runDir, [...flags, '--workers', '2', '--epochs', '12']);
    expect(summary.validationAccuracy).toBeGreaterThanOrEqual(0.9);
    const { stdout, code } = await run([
      'predict',
      runDir,
      path.join(images, 'dog.3.jpg'),
      '--engine',
      'wasm',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ predictions: [{ label: 'dog' }, { label: 'cat' }] });
  });
});

describe('a worker with its own copy', () => {
  const token = 'a token of the test';
  const env = { GRADSOCKET_TOKEN: token.replaceAll(' ', '-') };
  const flags = ['--data', images, ...job, ...augmentation, '--steps', '6'];

  const worker = (url: string, name: string, data: string): Running =>
    start(['worker', '--coordinator', url, '--name', name, '--threads', '1', '--data', data], env);

  it('trains on it where it is the same, and is refused where it differs', async () => {
    const copy = path.join(folder, 'copy');
    const other = path.join(folder, 'other');
    await cp(images, copy, { recursive: true });
    await cp(images, other, { recursive: true });
    await appendFile(path.join(other, 'cat.5.jpg'), ' ');
    const runDir = path.join(folder, 'copies');
    const coordinator = start(
      ['coordinator', '--run-dir', runDir, '--workers', '2', '--listen', '127.0.0.1:0', '--json', ...flags],
      env,
    );
    const listening = await coordinator.line((line) => line.includes('"listening"'));
    const { url } = JSON.parse(listening) as { url: string };
    const refused = await worker(url, 'other', other).finished;
    expect(refused.code).toBe(65);
    expect(refused.stderr).toContain(`The dataset at ${other} is not the coordinator's`);
    const finished = await Promise.all([worker(url, 'a', copy).finished, worker(url, 'b', images).finished]);
    expect(finished.map(({ code }) => code)).toEqual([0, 0]);
    expect((await coordinator.finished).code).toBe(0);
    const served = await train(path.join(folder, 'served'), [...flags, '--workers', '2']);
    const { weightsDigest } = JSON.parse(await readFile(path.join(runDir, 'summary.json'), 'utf8')) as typeof served;
    expect(weightsDigest).toBe(served.weightsDigest);
  });
});

describe('gradsocket data', () => {
  it('prints counts, sizes and what is broken, and draws what the network sees', async () => {
    const data = path.join(folder, 'with broken ones');
    await cp(images, data, { recursive: true });
    await writeFile(path.join(data, 'dog.900.png'), 'hello');
    const preview = path.join(folder, 'sheet.png');
    const shown = await run(['data', data, '--image-size', '16', '--preview', preview, ...augmentation]);
    expect(shown.code).toBe(65);
    expect(shown.stdout).toContain('samples   120: 96 for training, 24 for validation');
    expect(shown.stdout).toMatch(/sizes +height 18 \/ \d+ \/ 54, width 20 \/ \d+ \/ 60/);
    expect(shown.stdout).toMatch(/^cat +48 +12$/m);
    expect(shown.stdout).toContain('dog.900.png: it is not a JPEG, PNG or WebP file');
    expect((await sharp(preview).metadata()).height).toBeGreaterThan(2 * 96);
    const skipped = await run(['data', data, '--bad-images', 'skip', '--json']);
    expect(skipped.code).toBe(0);
    expect(JSON.parse(skipped.stdout)).toMatchObject({
      classes: [{ name: 'cat', train: 48 }, { name: 'dog' }],
      imageShape: [64, 64, 3],
      broken: [{ file: 'dog.900.png' }],
    });
  });

  it.each([
    [['data'], 64, 'gradsocket data'],
    [['data', 'digits', '--preview', 'sheet.jpg'], 64, '--preview sheet.jpg: expects a path that ends in .png.'],
    [['data', 'digits', '--cutout', '8', '--preview', 'x.png'], 78, '--cutout 8 can hide images of 8x8 altogether.'],
    [['data', 'digits', '--crop-padding', '2', '--resized-crop', '0.5'], 64, 'both choose a part of the image'],
    [['launch', '--crop-padding', '8', '--workers', '1'], 78, '--crop-padding 8 can shift images of 8x8 out of sight.'],
    [['launch', '--resized-crop', '1.5'], 64, '--resized-crop 1.5: expects a number above 0 and below 1.'],
  ])('and says what is wrong with %j', async (args, code, sentence) => {
    const runDir = args[0] === 'launch' ? ['--run-dir', path.join(folder, 'refused')] : [];
    const result = await run([...args, ...runDir]);
    expect(result.stderr).toContain(sentence);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });
});
