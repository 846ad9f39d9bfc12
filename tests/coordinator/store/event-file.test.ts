import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EventFile } from '../../../src/coordinator/store/event-file.ts';
import { EventFiles } from '../../../src/coordinator/store/event-files.ts';
import { histogramOf } from '../../../src/coordinator/tensorboard/histogram.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { readEvents, readRecords } from '../tensorboard/read-events.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-events-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function begin(dir: string, startStep: number, now: number): Promise<EventFile> {
  return EventFile.open({
    dir,
    startStep,
    now: () => now,
    file: {
      record: false,
      onError: (error) => {
        throw error;
      },
    },
  });
}

async function filesIn(dir: string): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
  const names = (await readdir(dir)).toSorted();
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(dir, name)) })));
}

it('writes scalars and histograms that an independent reader finds again, checksums included', async () => {
  const dir = await folder();
  const events = await begin(dir, 0, 1_700_000_000_250);
  const weights = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
  events.summary(1, [
    { tag: 'train/loss', scalar: 2.5 },
    { tag: 'train/accuracy', scalar: Number.NaN },
  ]);
  events.summary(300, [{ tag: 'conv1/weight', histogram: histogramOf(weights)! }]);
  events.summary(301, []);
  await events.close();

  const [file] = await filesIn(dir);
  expect(file!.name).toMatch(/^events\.out\.tfevents\.1700000000\.[\w.-]+\.0$/);
  const [version, scalars, histograms, ...rest] = readEvents(file!.bytes);
  expect(rest).toEqual([]);
  expect(version).toMatchObject({ wallTime: 1_700_000_000.25, step: 0, fileVersion: 'brain.Event:2', session: null });
  expect(scalars).toMatchObject({ step: 1, scalars: { 'train/loss': 2.5, 'train/accuracy': Number.NaN } });
  expect(histograms).toMatchObject({ step: 300, histograms: { 'conv1/weight': histogramOf(weights)! } });
});

it('goes on in a file of its own, which takes back what was written after the checkpoint', async () => {
  const dir = await folder();
  // Also where the first file is less than a second old.
  for (const startStep of [0, 120]) await (await begin(dir, startStep, 1_700_000_000_000)).close();
  const [first, second] = await filesIn(dir);
  expect(readEvents(first!.bytes).map(({ session }) => session)).toEqual([null]);
  expect(second!.name.endsWith('.1')).toBe(true);
  expect(readEvents(second!.bytes)).toMatchObject([
    { fileVersion: 'brain.Event:2' },
    { session: 1, step: 121, fileVersion: null },
  ]);
});

it('a byte that changes is found by the reader, so it can be trusted here', async () => {
  const dir = await folder();
  const events = await begin(dir, 0, 0);
  events.summary(1, [{ tag: 'train/loss', scalar: 1 }]);
  await events.close();
  const [file] = await filesIn(dir);
  const { bytes } = file!;
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Uint8Array.from(bytes);
    changed[at]! ^= 4;
    expect(() => readRecords(changed), `byte ${at}`).toThrow();
  }
});

it('training and validation are two runs with the same tags', async () => {
  const dir = await folder();
  const onError = (error: Error) => {
    throw error;
  };
  const files = await EventFiles.open(
    { dir, startStep: 0, now: () => 1e12, file: { record: false, onError } },
    jobSchema.parse({ data: '/home/ann/pets' }),
  );
  files.train(1, [{ tag: 'loss', scalar: 2 }]);
  files.validation(1, [{ tag: 'loss', scalar: 1 }]);
  files.rewind(0);
  await files.close();
  const [settings, ...folders] = (await readdir(dir)).toSorted();
  expect(folders).toEqual(['train', 'validation']);
  expect(settings).toMatch(/^events\.out\.tfevents\./);
  // Whoever is sent these files learns nothing of where their author keeps things.
  const told = await readFile(join(dir, settings!), 'latin1');
  expect([told.includes('pets'), told.includes('home')]).toEqual([true, false]);
  for (const [name, loss] of [
    ['train', 2],
    ['validation', 1],
  ] as const) {
    const [file] = await filesIn(join(dir, name));
    const [, scalars, restart] = readEvents(file!.bytes);
    expect([scalars?.scalars, restart?.step]).toEqual([{ loss }, 1]);
  }
});
