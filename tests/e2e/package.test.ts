import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/api/index.ts';
import { run, temporaryFolder } from './gradsocket.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { folder, remove } = temporaryFolder();
afterAll(remove);

const execute = promisify(execFile);
const modules = path.join(folder, 'node_modules');
const digit = path.join(root, 'data', 'examples', 'digit.png');

const NETWORK = `{ channels: [4], dense: 8, engine: 'wasm', threads: 1, batch: 32, microbatches: 2, evalEvery: 0 }`;

function link(name: string): void {
  mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
  symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
}

/** Runs a program of somebody who has installed the package. What it prints is what it prints itself. */
async function program<T>(name: string, text: string): Promise<T> {
  writeFileSync(path.join(folder, name), text);
  const { stdout, stderr } = await execute(process.execPath, [name], { cwd: folder });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as T;
}

/** What the compiler finds wrong. */
async function compile(args: readonly string[]): Promise<string> {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await execute(process.execPath, [tsc, ...args], { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

beforeAll(async () => {
  // What is packed, in a folder that has what the package says it depends on, and nothing else.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await execute('npm', args, { cwd: root });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const installed = path.join(modules, 'gradsocket');
  mkdirSync(installed, { recursive: true });
  await execute('tar', ['-xzf', path.join(folder, filename), '-C', installed, '--strip-components', '1']);
  const { dependencies } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) link(name);
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
});

describe('the package, as it is packed', () => {
  it('trains, is stopped, goes on, classifies, and lets the process end', async () => {
    const told = await program<{
      first: RunSummary;
      second: RunSummary;
      types: string[];
      signals: number;
      labels: string[];
      predictions: { file: string | null; label: string; predictions: { label: string; probability: number }[] }[];
    }>(
      'use.js',
      `import { readFile } from 'node:fs/promises';
      import { loadModel, train } from 'gradsocket';
      const types = new Set();
      const run = train({ ...${NETWORK}, epochs: 50 }, { runDir: 'run', workers: 1 });
      for await (const event of run) {
        types.add(event.type);
        if (event.type === 'step' && event.step === 3) run.stop();
      }
      const first = await run.done;
      const controller = new AbortController();
      const again = train({}, { runDir: run.runDir, resume: true, workers: 2, signal: controller.signal });
      again.subscribe(({ type, step }) => type === 'step' && step > first.steps && controller.abort());
      const second = await again.done;
      const signals = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
      const model = await loadModel('run', { engine: 'wasm', threads: 1, checkpoint: 'newest' });
      const predictions = await model.predict([${JSON.stringify(digit)}, await readFile(${JSON.stringify(digit)})]);
      model.dispose();
      console.log(JSON.stringify({ first, second, types: [...types], signals, labels: model.labels, predictions }));`,
    );
    expect(told.first.status).toBe('interrupted');
    expect(told.first.steps).toBeGreaterThanOrEqual(3);
    expect(told.second).toMatchObject({ status: 'interrupted', workers: 2 });
    expect(told.second.steps).toBeGreaterThan(told.first.steps);
    expect(told.types).toEqual(expect.arrayContaining(['listening', 'dataset', 'step', 'checkpoint', 'finished']));
    expect(told.signals).toBe(0);
    expect(told.labels).toHaveLength(10);

    const runDir = path.join(folder, 'run');
    const flags = ['--engine', 'wasm', '--threads', '1', '--checkpoint', 'newest', '--top', '10', '--json'];
    const { stdout } = await run(['predict', runDir, digit, ...flags]);
    const cli = JSON.parse(stdout) as { file: string; predictions: unknown };
    expect(told.predictions.map(({ file }) => file)).toEqual([digit, null]);
    for (const { predictions } of told.predictions) expect(predictions).toEqual(cli.predictions);
    expect(existsSync(path.join(runDir, 'summary.json'))).toBe(true);
  });

  it('says what is wrong by errors with code and exit code, prints nothing, and lets the process end', async () => {
    const told = await program<{ code: string; exitCode: number; message: string }[]>(
      'fail.js',
      `import { GradsocketError, loadModel, train } from 'gradsocket';
      const errors = [];
      const note = (error) => errors.push({ isOurs: error instanceof GradsocketError, ...error, message: error.message });
      await train({ data: 'nowhere' }, { runDir: 'nothing' }).done.catch(note);
      await train({}, { runDir: 'nothing', signal: AbortSignal.abort() }).done.catch(note);
      try { for await (const event of train({}, { runDir: 'nothing', resume: true })); } catch (error) { note(error); }
      await loadModel('nowhere').catch(note);
      console.log(JSON.stringify(errors));`,
    );
    expect(told).toMatchObject([
      { isOurs: true, exitCode: 65 },
      { isOurs: true, code: 'INTERRUPTED', exitCode: 130 },
      { isOurs: true, exitCode: 78 },
      { isOurs: true, code: 'NO_RUN', exitCode: 64 },
    ]);
  });

  it('is unpacked by Yarn, too: libraries and threads are loaded from its folder, and digits are read from it', () => {
    const manifest = JSON.parse(readFileSync(path.join(modules, 'gradsocket', 'package.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ preferUnplugged: true });
  });

  it('stands beside any version of the package of whose sources setup takes one', () => {
    const { peerDependencies } = JSON.parse(readFileSync(path.join(modules, 'gradsocket', 'package.json'), 'utf8')) as {
      peerDependencies: Record<string, string>;
    };
    expect(peerDependencies).toEqual({ '@tensorflow/tfjs-node-gpu': '*' });
  });

  it('is required, too', async () => {
    const text = `const { train, loadModel } = require('gradsocket'); console.log(JSON.stringify([typeof train, typeof loadModel]));`;
    expect(await program('use.cjs', text)).toEqual(['function', 'function']);
  });

  it('has types that older compilers read, too: before TypeScript 5.7 arrays of bytes were not generic', () => {
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(file, 'utf8');
      expect.soft(/\b(Uint8Array|Uint8ClampedArray|Float32Array|Buffer)<.*>/.exec(text)?.[0], file).toBeUndefined();
      for (const [, name = ''] of text.matchAll(/from '(\.[^']+)\.[jt]s'/g))
        visit(path.join(path.dirname(file), `${name}.d.ts`));
    };
    for (const door of ['api', 'browser']) visit(path.join(root, 'dist', door, 'index.d.ts'));
    expect(seen.size).toBeGreaterThan(10);
  });

  it.each(['esm', 'cjs'] as const)(
    'says in a bundle (%s) how it is left out, before anything else fails',
    async (format) => {
      const contents = format === 'esm' ? "import { train } from 'gradsocket'; train;" : "require('gradsocket');";
      const stdin = { contents, resolveDir: folder };
      const outfile = path.join(folder, 'out', format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
      await build({ stdin, bundle: true, platform: 'node', format, outfile, logLevel: 'silent' });
      const { stderr } = await execute(process.execPath, [outfile]).catch((error: { stderr: string }) => error);
      expect(stderr).toContain('GradsocketError: gradsocket was put into a bundle');
    },
  );

  it('has types that a strict program compiles with', async () => {
    link('@types/node');
    link('undici-types');
    writeFileSync(
      path.join(folder, 'use.ts'),
      `import { GradsocketError, loadModel, train, type JobSettings, type Prediction, type RunEvent, type RunSummary } from 'gradsocket';
      const settings: JobSettings = { data: 'pets', lr: 'auto', channels: [32, 64], color: 'rgb', patience: null };
      const run = train(settings, { workers: 2, signal: AbortSignal.timeout(1000) });
      for await (const event of run) if (event.type === 'step') console.log(event.loss.toFixed(3), event.epoch);
      run.subscribe((event: RunEvent) => console.log(event.type));
      const summary: RunSummary = await run.done;
      const accuracy: number | null = summary.validationAccuracy;
      const model = await loadModel(new URL('run', import.meta.url));
      const predictions: Prediction[] = await model.predict(['a.jpg', new Uint8Array(3)]);
      console.log(accuracy, predictions[0]?.probability, model.labels.length);
      import { fromFiles, loadModel as loadExport, type TensorflowJs } from 'gradsocket/browser';
      declare const tf: TensorflowJs;
      const exported = await loadExport(fromFiles('{}', new Uint8Array(4)), { tf });
      const [first] = await exported.predict({ data: new Uint8ClampedArray(4), width: 1, height: 1 });
      console.log(first?.label);
      // @ts-expect-error there is no such optimizer
      train({ optimizer: 'lion' });
      // @ts-expect-error nor such a setting
      train({ learningRate: 1 });
      try { await run.stop(); } catch (error) { if (error instanceof GradsocketError) process.exit(error.exitCode); }
      `,
    );
    const options = {
      strict: true,
      module: 'NodeNext',
      target: 'ES2023',
      noEmit: true,
      exactOptionalPropertyTypes: true,
    };
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, types: ['node'] }, files: ['use.ts'] }),
    );
    expect(await compile(['-p', '.'])).toBe('');
  });

  it('has types for TypeScript that becomes CommonJS, where the compiler knows that Node requires ES modules', async () => {
    writeFileSync(
      path.join(folder, 'required.cts'),
      `import { train, type RunSummary } from 'gradsocket';
      import { fromFiles } from 'gradsocket/browser';
      export const done: Promise<RunSummary> = train({}).done;
      export const source = fromFiles('{}', new Uint8Array(4));
      `,
    );
    expect(await compile(['--ignoreConfig', '--strict', '--noEmit', '--module', 'nodenext', 'required.cts'])).toBe('');
  });
});
