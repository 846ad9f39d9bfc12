import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endedRun } from '../../../src/cli/view/ended-run.ts';
import { foundRuns, namesOf } from '../../../src/cli/view/found-runs.ts';
import { readable } from '../../../src/cli/view/readable.ts';
import { RunCache } from '../../../src/cli/view/run-cache.ts';
import { openerOf, openInBrowser } from '../../../src/cli/ui/open-in-browser.ts';
import { jobToYaml } from '../../../src/shared/job/document.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const TIME = '2026-01-02T03:04:05.000Z';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'gradsocket-view-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function linesOf(...values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** The folder of a run of 40 samples in batches of 16, of which two steps were committed, and then the power failed. */
function makeRun(dir: string): void {
  mkdirSync(join(dir, 'logs'), { recursive: true });
  writeFileSync(
    join(dir, 'job.yaml'),
    jobToYaml(jobSchema.parse({ data: 'pets', batch: 16, epochs: 2, microbatches: 2 })),
  );
  const about = { accuracy: 0.5, samples: 16, learningRate: 0.1, gradientNorm: 1, imagesPerSecond: 50, seconds: 0.5 };
  const metrics = [
    { type: 'step', time: TIME, step: 1, epoch: 0, loss: 2, ...about },
    { type: 'step', time: TIME, step: 2, epoch: 0, loss: null, ...about },
    { type: 'evaluation', time: TIME, step: 2, epoch: 0, loss: 1.5, accuracy: 0.75, samples: 9 },
  ];
  writeFileSync(join(dir, 'metrics.jsonl'), `${linesOf(...metrics)}{"type":"st`);
  const generation = { type: 'generation', generation: 1, workers: 1, step: 0, why: 'all are ready' };
  const log = [
    { time: TIME, event: { type: 'dataset', name: 'pets', train: 40, validation: 9, classes: 3, skipped: 0 } },
    { time: TIME, event: { ...generation, shares: [{ worker: 'a', microbatches: 2 }] } },
  ];
  writeFileSync(join(dir, 'logs', 'coordinator.log'), linesOf(...log));
}

function neverTold(sentence: string): void {
  throw new Error(sentence);
}

describe('a run that has ended', () => {
  it('is shown from its folder, as far as it came', async () => {
    const dir = join(folder(), 'pets-1');
    makeRun(dir);
    const { name, run, history, chronicle, commands } = await endedRun(dir, neverTold);
    expect(name).toBe('pets-1');
    expect(run).toMatchObject({
      state: 'unfinished',
      step: 2,
      steps: 6,
      epoch: 0,
      epochs: 2,
      wanted: 1,
      generation: 1,
    });
    expect(run.dataset).toMatchObject({ name: 'pets', trainSamples: 40, validationSamples: 9 });
    expect(run.dataset.classes).toHaveLength(3);
    expect(run.evaluations).toEqual([{ step: 2, loss: 1.5, accuracy: 0.75 }]);
    expect(history.course.points.map(({ loss }) => loss)).toEqual([2, Number.NaN]);
    expect(chronicle.generations).toHaveLength(1);
    expect(commands.run).toMatch(/^npx gradsocket launch .*--batch 16 .*--workers 1$/);
  });

  it('is shown without the steps whose lines are damaged, and that is said', async () => {
    const dir = join(folder(), 'run');
    makeRun(dir);
    const metrics = join(dir, 'metrics.jsonl');
    writeFileSync(metrics, readFileSync(metrics, 'utf8').replace('{"type":"step"', '{"type":"st'));
    const told: string[] = [];
    const { history } = await endedRun(dir, (sentence) => told.push(sentence));
    expect(history.course.points.map(({ loss }) => loss)).toEqual([Number.NaN]);
    expect(told).toEqual([`${metrics} is damaged in line 1: it is left out.`]);
  });

  it('has gone on where its summary knows of fewer steps', async () => {
    const dir = join(folder(), 'pets-1');
    makeRun(dir);
    const figures = { epochs: 1, samples: 32, trainLoss: 2, trainAccuracy: 0.5, imagesPerSecond: 50, seconds: 1 };
    const nothing = { validationLoss: null, validationAccuracy: null, weightsDigest: null, checkpoint: null };
    const about = { status: 'interrupted', workers: 1, generations: 1, engine: 'wasm', bestCheckpoint: null };
    const states: string[] = [];
    for (const steps of [1, 2]) {
      writeFileSync(join(dir, 'summary.json'), JSON.stringify({ steps, ...figures, ...nothing, ...about }));
      states.push((await endedRun(dir, neverTold)).run.state);
    }
    expect(states).toEqual(['unfinished', 'interrupted']);
  });

  it('is one in a folder of its own, or one of several, or of a sweep', async () => {
    const runs = folder();
    for (const dir of ['run-10', 'run-9', 'sweep/runs-1', 'sweep/runs-2']) makeRun(join(runs, dir));
    mkdirSync(join(runs, 'other'));
    const names = async (path: string) => (await foundRuns(path)).dirs.map((dir) => dir.slice(runs.length + 1));
    expect(await names(runs)).toEqual(['run-9', 'run-10', 'sweep/runs-1', 'sweep/runs-2']);
    expect(await names(join(runs, 'run-9'))).toEqual(['run-9']);
    // As everywhere else, by something in its folder, too.
    for (const inside of ['metrics.jsonl', 'job.yaml']) {
      expect(await names(join(runs, 'run-9', inside))).toEqual(['run-9']);
    }
    await expect(foundRuns(join(runs, 'other'))).rejects.toMatchObject({ code: 'NO_RUN', exitCode: 64 });
    await expect(foundRuns(join(runs, 'none'))).rejects.toThrow('there is no such folder');
  });

  it('is found in a sweep that lies among runs, and called by its folder where no other is called so', async () => {
    const runs = folder();
    const own = (...names: readonly string[]): readonly string[] => names.map((name) => join(runs, name));
    const all = own('first', 'sweep/runs/lr-0.1', 'sweep/runs/lr-1');
    all.forEach(makeRun);
    writeFileSync(join(runs, 'sweep', 'sweep.yaml'), 'lr: [0.1, 1]\n');
    expect((await foundRuns(runs)).dirs).toEqual(all);
    expect(namesOf(all, runs)).toEqual(['first', 'lr-0.1', 'lr-1']);
    expect(namesOf(own('a/runs/lr-1', 'b/runs/lr-1'), runs)).toEqual(['a/runs/lr-1', 'b/runs/lr-1']);
  });

  it('shows the newest where there are very many, and says how many it left out', async () => {
    const runs = folder();
    // Begun one after the other, the last ones first by name.
    for (let n = 1; n <= 30; n++) {
      makeRun(join(runs, `run-${31 - n}`));
      utimesSync(join(runs, `run-${31 - n}`, 'job.yaml'), n, n);
    }
    const { dirs, leftOut } = await foundRuns(runs);
    expect([dirs.length, leftOut, dirs.at(0), dirs.at(-1)]).toEqual([24, 6, join(runs, 'run-1'), join(runs, 'run-24')]);
  });
});

it('one damaged run of several is left out and named; alone it is refused', async () => {
  const runs = folder();
  const [good, bad] = [join(runs, 'good'), join(runs, 'bad')];
  for (const dir of [good, bad]) makeRun(dir);
  writeFileSync(join(bad, 'job.yaml'), 'batch: 16\nepo');
  const other = join(runs, 'other');
  makeRun(other);
  rmSync(join(other, 'metrics.jsonl'));
  mkdirSync(join(other, 'metrics.jsonl'));
  const {
    dirs,
    runs: shown,
    unreadable,
  } = await readable([bad, good, other], new RunCache((dir) => endedRun(dir, neverTold)));
  expect(dirs).toEqual([good]);
  expect(shown.map(({ name }) => name)).toEqual(['good']);
  expect(unreadable).toEqual([expect.stringContaining('job.yaml'), expect.stringContaining('it is a folder')]);
  await expect(readable([bad], new RunCache((dir) => endedRun(dir, neverTold)))).rejects.toMatchObject({
    exitCode: 78,
  });
});

it('a run is read again once something was written of it, and not before', async () => {
  const dir = join(folder(), 'run');
  makeRun(dir);
  const reads: string[] = [];
  const cache = new RunCache((path) => {
    reads.push(path);
    return endedRun(path, neverTold);
  });
  const [first, again] = [await cache.get(dir), await cache.get(dir)];
  expect([again === first, reads.length]).toEqual([true, 1]);
  writeFileSync(join(dir, 'metrics.jsonl'), '');
  expect((await cache.get(dir)).run.step).toBe(0);
  // The last that a run writes: how it ended.
  writeFileSync(join(dir, 'summary.json'), '{}');
  await cache.get(dir);
  expect(reads.length).toBe(3);
  rmSync(join(dir, 'job.yaml'));
  await expect(cache.get(dir)).rejects.toThrow('is no folder of a run');
  await expect(cache.get(dir)).rejects.toThrow('is no folder of a run');
  expect(reads.length).toBe(5);
});

describe('the browser', () => {
  it('is what the system opens addresses with, where there is a screen', () => {
    const on = (platform: NodeJS.Platform, environment = {}) => openerOf({ platform, environment })?.[0] ?? null;
    expect([on('linux'), on('linux', { DISPLAY: ':0' }), on('linux', { WAYLAND_DISPLAY: 'w' })]).toEqual([
      null,
      'xdg-open',
      'xdg-open',
    ]);
    expect([on('darwin'), on('win32'), on('aix', { DISPLAY: ':0' })]).toEqual(['open', 'explorer.exe', null]);
    expect([on('linux', { BROWSER: '/usr/bin/firefox' }), on('linux', { BROWSER: 'sh -c "x"' })]).toEqual([
      '/usr/bin/firefox',
      null,
    ]);
  });

  it('that is not there is told in a sentence', async () => {
    expect(await openInBrowser('http://x', { platform: 'linux', environment: {} })).toMatch(
      /^--open: there is no screen here/,
    );
    const environment = { BROWSER: 'no-such-browser-here' };
    expect(await openInBrowser('http://x', { platform: 'linux', environment })).toMatch(
      /there is no no-such-browser-here here/,
    );
  });
});
