import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Curve, type CurveStep } from '../../src/coordinator/progress/curve.ts';
import { figure, percent } from '../../src/page/text.ts';
import { readLines, type Running, start, temporaryFolder } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** Where systems put it; none is downloaded for a test. */
const CHROMIUM = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && existsSync(file));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const TOKEN = 'a-token-for-a-test';
const JOB = [
  '--channels',
  '4',
  '--dense',
  '8',
  '--engine',
  'wasm',
  '--threads',
  '1',
  '--batch',
  '32',
  '--microbatches',
  '2',
];

interface Status {
  readonly state: string;
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly evaluations: readonly { readonly step: number; readonly loss: number; readonly accuracy: number }[];
}

interface Line extends CurveStep {
  readonly type: string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** How long a busy machine may take for what is waited for. */
const PATIENCE = { timeout: 60_000 };

describe.skipIf(CHROMIUM === undefined)(
  'the page of a run, in Chromium (skipped where there is none: apt install chromium)',
  () => {
    let browser: Browser;
    let port: number;
    const ended: Running[] = [];
    const runDir = path.join(folder, 'run');

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
      port = await freePort();
    });
    afterAll(async () => {
      await browser?.close();
      for (const { child } of ended) child.kill('SIGKILL');
    });

    const coordinator = (...flags: readonly string[]): Running => {
      const listen = [
        '--listen',
        `127.0.0.1:${port}`,
        '--run-dir',
        runDir,
        '--workers',
        '2',
        '--min-workers',
        '1',
        '--json',
      ];
      const running = start(['coordinator', ...listen, ...flags], { GRADSOCKET_TOKEN: TOKEN });
      ended.push(running);
      return running;
    };
    const worker = (name: string): Running => {
      const running = start(['worker', '--coordinator', `ws://127.0.0.1:${port}`, '--name', name], {
        GRADSOCKET_TOKEN: TOKEN,
      });
      ended.push(running);
      return running;
    };

    /** A page that fails the test where anything in it is refused or thrown. */
    async function open(url: string): Promise<{ readonly page: Page; readonly wrong: string[] }> {
      const page = await browser.newPage();
      onTestFinished(() => page.close());
      const wrong: string[] = [];
      page.on('pageerror', (error) => wrong.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !/ERR_CONNECTION_REFUSED|WebSocket|Failed to load/.test(message.text())) {
          wrong.push(message.text());
        }
      });
      page.on('request', (request) => {
        if (!/^(http:\/\/127\.0\.0\.1|data:)/.test(request.url())) wrong.push(`asked for ${request.url()}`);
      });
      await page.goto(url);
      return { page, wrong };
    }

    /** What a tile says. */
    const tile = (page: Page, name: string): Promise<string | null> =>
      page
        .locator('.tiles div', { has: page.locator(`dt:text-is("${name}")`) })
        .locator('dd')
        .textContent();
    const status = async (): Promise<Status> =>
      (await (await fetch(`http://127.0.0.1:${port}/api/run`)).json()) as Status;
    const seen = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: 60_000 });
    const serious = (page: Page): Promise<readonly string[]> =>
      page.evaluate(`(() => { ${AXE}; return axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' '))) })()`);

    it('shows what /api/run and metrics.jsonl say, through a lost worker, a pause, and a coordinator that is started again', async () => {
      const url = `http://127.0.0.1:${port}/`;
      const first = coordinator(...JOB, '--steps', '100000', '--epochs', '100000', '--eval-every', '1');
      await first.line((line) => line.includes('"listening"'));
      const { page, wrong } = await open(url);
      const workers = [worker('one'), worker('two')];
      await seen(page, '2 workers train together from step 0');

      // A fault: one is lost, the other goes on.
      await expect.poll(async () => (await status()).step, PATIENCE).toBeGreaterThan(20);
      workers[1]!.child.kill('SIGKILL');
      await seen(page, /two was lost:|two is away:/);
      await seen(page, '1 worker trains alone');

      // Who looks is asked for the token before the run does as it is told.
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByLabel(/The token of this run/).fill('a-wrong-token');
      await page.getByRole('button', { name: 'Show it' }).click();
      await seen(page, 'This is not the token of the run');
      expect((await status()).state).toBe('training');
      await page.getByLabel(/The token of this run/).fill(TOKEN);
      await page.getByRole('button', { name: 'Show it' }).click();
      await page.getByRole('button', { name: 'Go on' }).waitFor({ timeout: 60_000 });

      // Nothing moves: all that is shown can be compared.
      const held = await status();
      expect(held.state).toBe('paused');
      await expect.poll(() => tile(page, 'step'), PATIENCE).toBe(`${held.step.toLocaleString('en')} / 100,000`);
      const last = held.evaluations.at(-1)!;
      const shown = ['loss', 'accuracy', 'validation loss', 'validation accuracy'];
      await expect
        .poll(() => Promise.all(shown.map((name) => tile(page, name))), PATIENCE)
        .toEqual([figure(held.loss), percent(held.accuracy), figure(last.loss), percent(last.accuracy)]);
      expect((await status()).step).toBe(held.step);
      const lines = readLines<Line>(path.join(runDir, 'metrics.jsonl'));
      expect(lines.findLast(({ type }) => type === 'step')!.step).toBe(held.step);
      const curve = new Curve();
      for (const line of lines) if (line.type === 'step') curve.add(line);
      // What the images are taken for, as the newest evaluation has told, each with its picture.
      const { shown: told } = lines.findLast(({ type }) => type === 'evaluation') as unknown as { shown: number[][] };
      const pictures = page.locator('.answers img');
      await expect.poll(() => pictures.count(), PATIENCE).toBe(12);
      const images = (await pictures.evaluateAll((all) =>
        all.map((one) => [(one as { naturalWidth?: number }).naturalWidth, one.getAttribute('src')]),
      )) as readonly (readonly [number, string])[];
      expect(images.map(([width, address]) => [width, Number(/samples\/(\d+)/.exec(address)![1])])).toEqual(
        told.map(([sample]) => [8, sample]),
      );
      const sure = await page.locator('.answers li').allInnerTexts();
      for (const [place, [, , probability]] of told.entries()) expect(sure[place]).toContain(percent(probability));
      expect(await curveOf(page)).toEqual(curve.points.map(({ step, loss }) => [step, rounded(loss)]));
      expect(await serious(page)).toEqual([]);
      const download = page.waitForEvent('download');
      await page
        .getByRole('link', { name: /^step-\d+\.safetensors$/ })
        .first()
        .click();
      const file = await (await download).path();
      expect(
        readFileSync(file).equals(readFileSync(path.join(runDir, 'checkpoints', (await download).suggestedFilename()))),
      ).toBe(true);

      // The coordinator dies, and comes back: the page says so, and has all of it again.
      first.child.kill('SIGKILL');
      await seen(page, /The coordinator does not answer/);
      const again = coordinator('--resume');
      await again.line((line) => line.includes('"listening"'));
      await page.getByText(/The coordinator does not answer/).waitFor({ state: 'detached', timeout: 60_000 });
      // It is still paused: whoever pressed that has not let it go on.
      await expect.poll(async () => (await status()).state, PATIENCE).toBe('paused');
      expect((await status()).step).toBe(held.step);
      await page.getByRole('button', { name: 'Go on' }).click();
      await expect.poll(async () => (await status()).step, PATIENCE).toBeGreaterThan(held.step);
      // What was before it was started again is from its log.
      await page.getByRole('region', { name: 'Generations, table' }).getByText('all are ready').first().waitFor();
      await page.getByRole('button', { name: 'Save a checkpoint' }).click();
      await page.getByRole('button', { name: 'Stop …' }).click();
      await page.getByRole('button', { name: 'Yes, stop it' }).click();
      expect((await again.finished).code).toBe(130);
      expect((await workers[0]!.finished).code).toBe(130);
      await seen(page, 'The run is over');
      const all = readLines<Line>(path.join(runDir, 'metrics.jsonl')).filter(({ type }) => type === 'step');
      expect(all.map(({ step }) => step)).toEqual(all.map((_, index) => index + 1));
      expect(wrong).toEqual([]);
    });

    it('shows a run that has ended, with the same figures, and asks for no token', async () => {
      const viewing = start(['view', runDir, '--json']);
      ended.push(viewing);
      const { page: url } = JSON.parse(await viewing.line((line) => line.includes('"page"'))) as { page: string };
      const { page, wrong } = await open(url);
      await seen(page, 'interrupted');
      const all = readLines<Line>(path.join(runDir, 'metrics.jsonl')).filter(({ type }) => type === 'step');
      expect(await tile(page, 'step')).toBe(`${all.length.toLocaleString('en')} / 100,000`);
      expect(await tile(page, 'loss')).toBe(figure(all.at(-1).loss));
      expect(await serious(page)).toEqual([]);
      viewing.child.kill('SIGINT');
      expect((await viewing.finished).code).toBe(0);
      expect(wrong).toEqual([]);
    });
  },
);

interface Viewed {
  readonly runs: readonly {
    readonly curve: { readonly points: readonly { readonly step: number; readonly loss: number }[] };
  }[];
}

/** The curve of the loss as the page has it, from what it was told. */
async function curveOf(page: Page): Promise<readonly (readonly [number, number])[]> {
  const view = await page.evaluate<Viewed>('fetch("api/view").then((answer) => answer.json())');
  return view.runs[0]!.curve.points.map(({ step, loss }) => [step, loss] as const);
}

/** As the page is told it. */
function rounded(value: number): number {
  return Number(value.toPrecision(8));
}
