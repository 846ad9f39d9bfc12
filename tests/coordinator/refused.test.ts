import { appendFile, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CoordinatorOptions } from '../../src/coordinator/coordinator.ts';
import { RunFolder } from '../../src/coordinator/store/run-folder.ts';
import { EXIT } from '../../src/shared/errors.ts';
import type { Job } from '../../src/shared/job/schema.ts';
import { buildNetwork } from '../../src/shared/network/build.ts';
import { pytorchFile } from '../shared/network/pytorch/golden.ts';
import { folderOf, image, imagesIn } from '../data/fixtures.ts';
import { begunRun, scratch, smallJob, snapshot, startRun } from './begun-run.ts';

interface Begun {
  readonly runDir: string;
  readonly job: Job;
}

let kept: string;
let begun: Promise<void> | null = null;
beforeAll(async () => {
  kept = await mkdtemp(join(tmpdir(), 'gradsocket begun '));
});
afterAll(() => rm(kept, { recursive: true }));

/** A run on images that no test changes: begun once, and copied for each. */
async function anyRun(): Promise<Begun> {
  const first = join(kept, 'run');
  begun ??= begin(join(kept, 'data'), first);
  await begun;
  const runDir = join(await scratch(), 'run');
  await cp(first, runDir, { recursive: true, preserveTimestamps: true });
  return { runDir, job: await new RunFolder(runDir).open() };
}

async function begin(data: string, runDir: string): Promise<void> {
  for (const [name, bytes] of Object.entries(await imagesIn(['cat', 'dog'], 5))) {
    await mkdir(dirname(join(data, name)), { recursive: true });
    await writeFile(join(data, name), bytes);
  }
  await begunRun(runDir, smallJob({ data }), 3);
}

async function runOn(data: string): Promise<Begun> {
  const runDir = join(await scratch(), 'run');
  await begunRun(runDir, smallJob({ data }), 3);
  return { runDir, job: await new RunFolder(runDir).open() };
}

describe('a refused resume', () => {
  const other: Partial<Job>[] = [
    { validationSplit: 0.4 },
    { badImages: 'fail', imageSize: 16 },
    { momentum: 0.5 },
    { batch: 2 },
    { seed: 9 },
    { microbatches: 2 },
    { labelSmoothing: 0.1, schedule: 'cosine', epochs: 9 },
    { weights: '/nowhere/weights.safetensors' },
    { data: '/nowhere' },
    { data: 'digits' },
    { warmupSteps: 1000 },
  ];
  it.each(other)('changes nothing in the folder of the run (%j)', async (settings) => {
    const { runDir, job } = await anyRun();
    const before = await snapshot(runDir);
    await expect(startRun({ job: { ...job, ...settings }, runDir, resume: true })).rejects.toMatchObject({
      exitCode: expect.any(Number),
    });
    expect(await snapshot(runDir)).toEqual(before);
  });

  const ways: Partial<CoordinatorOptions>[] = [
    { workers: 5 },
    { listen: { host: '0.0.0.0', port: 0 } },
    { listen: { host: '203.0.113.1', port: 1 } },
  ];
  it.each(ways)('changes nothing for the way in which it was to run (%j)', async (options) => {
    const { runDir, job } = await anyRun();
    const before = await snapshot(runDir);
    await expect(startRun({ job, runDir, resume: true, ...options })).rejects.toMatchObject({
      exitCode: EXIT.configuration,
    });
    expect(await snapshot(runDir)).toEqual(before);
  });

  it('changes nothing where its port is taken', async () => {
    const { runDir, job } = await runOn('digits');
    const { coordinator } = await startRun({ job: smallJob({}), runDir: join(await scratch(), 'other') });
    const before = await snapshot(runDir);
    const listen = { host: '127.0.0.1', port: Number(new URL(coordinator.url).port) };
    await expect(startRun({ job, runDir, resume: true, listen })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    expect(await snapshot(runDir)).toEqual(before);
  });

  it('changes nothing where the data itself has become other data', async () => {
    const data = await folderOf(await imagesIn(['cat', 'dog'], 5));
    const { runDir, job } = await runOn(data);
    const before = await snapshot(runDir);
    await writeFile(join(data, 'cat', '0.png'), await image(99));
    await expect(startRun({ job, runDir, resume: true })).rejects.toMatchObject({
      code: 'DATASET_CHANGED',
      exitCode: EXIT.badData,
      message: expect.stringContaining('1 new or changed (cat/0.png), 1 not there any more.'),
    });
    expect(await snapshot(runDir)).toEqual(before);
  });

  it('changes nothing where classes were given other names, whose numbers are the same', async () => {
    const data = await folderOf(await imagesIn(['cat', 'dog'], 5));
    const { runDir, job } = await runOn(data);
    const before = await snapshot(runDir);
    await rename(join(data, 'cat'), join(data, 'car'));
    await expect(startRun({ job, runDir, resume: true })).rejects.toMatchObject({
      code: 'DATASET_CHANGED',
      exitCode: EXIT.badData,
      message: expect.stringContaining('cat is now car'),
    });
    expect(await snapshot(runDir)).toEqual(before);
  });

  it('sets no damaged checkpoint aside, and cuts nothing from a ledger that cannot be continued', async () => {
    const { runDir, job } = await anyRun();
    const lines = (await readFile(join(runDir, 'ledger.jsonl'), 'utf8')).split('\n');
    await writeFile(join(runDir, 'ledger.jsonl'), lines.slice(1).join('\n'));
    await appendFile(join(runDir, 'metrics.jsonl'), '{"type":"step","step":99}\n');
    await writeFile(join(runDir, 'checkpoints', 'step-00000009.safetensors'), 'cut');
    const before = await snapshot(runDir);
    await expect(startRun({ job, runDir, resume: true })).rejects.toMatchObject({ code: 'LEDGER_UNUSABLE' });
    expect(await snapshot(runDir)).toEqual(before);
  });

  it('leaves a folder that holds no run as it is', async () => {
    const parent = await scratch();
    for (const [runDir, sentence] of [
      [join(parent, 'none'), /there is no job\.yaml/],
      [join(parent, 'sweep'), /gradsocket sweep --resume/],
    ] as const) {
      await mkdir(join(parent, 'sweep'), { recursive: true });
      await writeFile(join(parent, 'sweep', 'sweep.yaml'), 'lr: [0.1, 0.2]\n');
      const before = await snapshot(parent);
      await expect(startRun({ job: smallJob({}), runDir, resume: true })).rejects.toThrow(sentence);
      expect(await snapshot(parent)).toEqual(before);
    }
  });
});

describe('a resume that is not refused', () => {
  it('keeps the job as it was until training begins: an engine may yet turn out to be missing', async () => {
    const { runDir, job } = await anyRun();
    const before = await readFile(join(runDir, 'job.yaml'), 'utf8');
    const { coordinator } = await startRun({ job: { ...job, engine: 'webgpu', epochs: 9 }, runDir, resume: true });
    coordinator.interrupt('a test');
    await coordinator.close();
    expect(await readFile(join(runDir, 'job.yaml'), 'utf8')).toBe(before);
  });

  it('sets damaged checkpoints aside', async () => {
    const { runDir, job } = await anyRun();
    const damaged = join(runDir, 'checkpoints', 'step-00000009.safetensors');
    await writeFile(damaged, 'cut');
    await startRun({ job, runDir, resume: true });
    expect(await readdir(join(runDir, 'checkpoints'))).toEqual([
      'step-00000003.safetensors',
      'step-00000009.safetensors.damaged',
    ]);
  });

  it('takes the same weights from another place, and no other ones', async () => {
    const data = await folderOf(await imagesIn(['cat', 'dog'], 5, { channels: 1 }));
    const at = await scratch();
    const [first, moved, other] = ['first', 'moved', 'other'].map((name) => join(at, name)) as [string, string, string];
    const shape = [8, 8, 1] as const;
    await writeFile(first, pytorchFile(buildNetwork(smallJob({}), shape, 2)));
    await copyFile(first, moved);
    await writeFile(other, pytorchFile(buildNetwork(smallJob({}), shape, 3)));
    const runDir = join(at, 'run');
    await begunRun(runDir, smallJob({ data, weights: first }), 3);
    const job = await new RunFolder(runDir).open();
    const before = await snapshot(runDir);
    await expect(startRun({ job: { ...job, weights: other }, runDir, resume: true })).rejects.toMatchObject({
      code: 'WEIGHTS_CHANGED',
    });
    await expect(startRun({ job: { ...job, weights: null }, runDir, resume: true })).rejects.toThrow(/--weights was/);
    expect(await snapshot(runDir)).toEqual(before);
    await startRun({ job: { ...job, weights: moved }, runDir, resume: true });
    await rm(moved);
    await rm(first);
  });
});

describe('a refused launch', () => {
  it.each([
    [{ data: '/nowhere' }, EXIT.badData],
    [{ warmupSteps: 10_000 }, EXIT.configuration],
    [{ weights: '/nowhere/weights.safetensors' }, EXIT.configuration],
    [{ cutout: 500 }, EXIT.configuration],
    [{ batch: 2, microbatches: 4 }, EXIT.configuration],
  ] as const)('makes no folder (%j)', async (settings, exitCode) => {
    const parent = await scratch();
    await expect(startRun({ job: smallJob(settings), runDir: join(parent, 'run') })).rejects.toMatchObject({
      exitCode,
    });
    expect(await readdir(parent)).toEqual([]);
  });

  it('lies in no folder that is something else', async () => {
    const data = await folderOf(await imagesIn(['cat', 'dog'], 5));
    const parent = await scratch();
    await mkdir(join(parent, 'sweep'));
    await writeFile(join(parent, 'sweep', 'sweep.yaml'), 'lr: [0.1, 0.2]\n');
    await writeFile(join(parent, 'file'), 'text');
    for (const [runDir, sentence] of [
      [data, /is the folder of the data/],
      [join(parent, 'sweep'), /holds a sweep/],
      [join(parent, 'file'), /is a file/],
    ] as const) {
      const before = [await snapshot(data), await snapshot(parent)];
      await expect(startRun({ job: smallJob({ data }), runDir })).rejects.toMatchObject({
        code: 'RUN_EXISTS',
        exitCode: EXIT.configuration,
        message: expect.stringMatching(sentence),
      });
      expect([await snapshot(data), await snapshot(parent)]).toEqual(before);
    }
  });

  it('changes nothing of what an earlier run without its job has left', async () => {
    const { runDir } = await anyRun();
    await rename(join(runDir, 'job.yaml'), join(runDir, 'job.yaml.lost'));
    const before = await snapshot(runDir);
    await expect(startRun({ job: smallJob({}), runDir })).rejects.toMatchObject({ code: 'RUN_EXISTS' });
    expect(await snapshot(runDir)).toEqual(before);
  });
});
