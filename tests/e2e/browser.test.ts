import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, temporaryFolder, train } from './gradsocket.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { folder, remove } = temporaryFolder();
afterAll(remove);

/** Where systems put it; none is downloaded for a test. */
const CHROMIUM = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && existsSync(file));

interface Prediction {
  readonly label: string;
  readonly probability: number;
}

const picture = path.join(folder, 'picture.png');
const model = path.join(folder, 'export');
let ours: readonly Prediction[];

/** As in README.md. */
const PAGE = `<!doctype html><script src="/tf.min.js"></script><script type="module">
import { loadModel } from '/gradsocket/browser/index.js';
await tf.setBackend('cpu');
const model = await loadModel('/export/model.json');
const image = document.createElement('img');
image.src = '/picture.png';
image.width = 20;
await image.decode();
const canvas = document.createElement('canvas');
canvas.width = image.naturalWidth;
canvas.height = image.naturalHeight;
canvas.getContext('2d').drawImage(image, 0, 0);
const answers = await model.predict([image, canvas, await createImageBitmap(image)]);
document.title = JSON.stringify(answers.map(({ predictions }) => predictions));
</script>`;

function expectOurs(predictions: readonly Prediction[]): void {
  expect(predictions).toHaveLength(ours.length);
  for (const { label, probability } of predictions) {
    const same = ours.find((each) => each.label === label)!;
    expect(Math.abs(probability - same.probability)).toBeLessThan(1e-5);
  }
}

beforeAll(async () => {
  const runDir = path.join(folder, 'run');
  const network = ['--channels', '8', '--dense', '16', '--batch', '32', '--microbatches', '2'];
  await train(runDir, [...network, '--engine', 'wasm', '--threads', '1', '--workers', '1', '--steps', '60']);
  const colours = Buffer.from(
    Array.from({ length: 3 * 61 * 83 }, (_, i) => (Math.floor(i / 3 / 7) * 37 + (i % 3) * 50) % 256),
  );
  await sharp(colours, { raw: { width: 83, height: 61, channels: 3 } })
    .png()
    .toFile(picture);
  await run(['export', runDir, '--output', model]);
  const { stdout } = await run(['predict', runDir, picture, '--engine', 'wasm', '--top', '10', '--json']);
  ours = (JSON.parse(stdout) as { predictions: readonly Prediction[] }).predictions;
});

describe('gradsocket/browser gives of an export what predict gives', () => {
  it('in Node alone, with plain tfjs', async () => {
    const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    writeFileSync(path.join(folder, 'pixels'), data);
    const program = `
      import { readFile } from 'node:fs/promises';
      import * as tf from '@tensorflow/tfjs';
      import { fromFiles, loadModel } from 'gradsocket/browser';
      const [folder, pixels] = process.argv.slice(1);
      const files = fromFiles(await readFile(folder + '/model.json'), await readFile(folder + '/weights.bin'));
      const model = await loadModel(files, { tf });
      const [answer] = await model.predict({ data: await readFile(pixels), width: ${info.width}, height: ${info.height} });
      console.log(JSON.stringify(answer.predictions));`;
    // In the package's own folder, which finds itself by its name.
    const args = ['--input-type=module', '-e', program, '--', model, path.join(folder, 'pixels')];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expectOurs(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as readonly Prediction[]);
  });

  describe.skipIf(CHROMIUM === undefined)('in Chromium (skipped where there is none: apt install chromium)', () => {
    let server: Server;

    beforeAll(async () => {
      const tf = path.join(root, 'node_modules', '@tensorflow', 'tfjs', 'dist', 'tf.min.js');
      server = createServer(({ url = '/' }, response) => {
        const types = { '.js': 'text/javascript', '.json': 'application/json', '.png': 'image/png' };
        const [, top = '', ...rest] = url.split('/');
        const places: Readonly<Record<string, string>> = {
          'tf.min.js': tf,
          'picture.png': picture,
          export: path.join(model, ...rest),
          gradsocket: path.join(root, 'dist', ...rest),
        };
        const file = places[top];
        const type = types[path.extname(url) as keyof typeof types] ?? 'text/html';
        const isThere = top === '' || (file !== undefined && existsSync(file));
        response.writeHead(isThere ? 200 : 404, { 'content-type': type });
        response.end(file === undefined ? PAGE : isThere ? readFileSync(file) : '');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => server.close());

    it('of an <img>, whatever size it is shown in, a <canvas> and an ImageBitmap', async () => {
      const browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        const errors: string[] = [];
        page.on('pageerror', (error) => errors.push(error.message));
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        await page.waitForFunction('document.title !== ""', undefined, { timeout: 60_000 }).catch(() => undefined);
        expect(errors).toEqual([]);
        const answers = JSON.parse(await page.title()) as readonly (readonly Prediction[])[];
        expect(answers).toHaveLength(3);
        for (const predictions of answers) expectOurs(predictions);
      } finally {
        await browser.close();
      }
    });
  });
});
