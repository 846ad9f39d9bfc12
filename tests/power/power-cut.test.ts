import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Archive, type Recorded } from '../../src/coordinator/store/archive.ts';
import { completeJob } from '../../src/coordinator/store/job-file.ts';
import { RunFolder } from '../../src/coordinator/store/run-folder.ts';
import { CheckpointFolder } from '../../src/shared/checkpoint/folder.ts';
import { encodeState } from '../../src/shared/checkpoint/state.ts';
import { weightsDigest } from '../../src/shared/checkpoint/weights-digest.ts';
import { dueAfter, positionOf, type TrainingPlan } from '../../src/shared/plan/schedule.ts';
import { DATASET, JOB } from '../coordinator/run-harness.ts';
import { leftOut } from '../left-out.ts';
import { randomFrom } from '../shared/seeded-random.ts';

const ROUNDS = Number(process.env['POWER_ROUNDS'] ?? 25);

/** What a machine must have to lose the power of a disk of its own. */
const lacks = (() => {
  if (process.platform !== 'linux') return 'only Linux has what it takes';
  if (process.getuid?.() !== 0) return 'it needs root, to mount a file as a disk';
  for (const tool of ['mkfs.xfs', 'xfs_io', 'mount', 'umount']) {
    const found = ['/sbin', '/usr/sbin', '/bin', '/usr/bin'].some((folder) => existsSync(join(folder, tool)));
    if (!found) return `it needs ${tool}`;
  }
  if (!existsSync('/dev/loop-control')) return 'it needs loop devices';
  return null;
})();

const PLAN: TrainingPlan = {
  samples: 40,
  batch: 16,
  microbatches: 4,
  epochs: 100_000,
  maxSteps: null,
  evalEvery: 1,
  checkpointEvery: 4,
};
/** Large enough that it does not come to the disk in one piece. */
const VALUES = 300_000;
const layout = { spans: [{ name: 'w', shape: [VALUES], offset: 0, size: VALUES }], length: VALUES };

function stateAfter(step: number): { readonly bytes: Uint8Array; readonly weights: string } {
  const parameters = new Float32Array(VALUES).fill(step);
  const vectors = { parameters, buffers: new Float32Array(0), optimizer: new Map<string, Float32Array>() };
  const position = { step, seed: 1, fingerprint: '0'.repeat(64) };
  const layouts = { parameters: layout, buffers: { spans: [], length: 0 }, optimizer: [] };
  return { bytes: encodeState(layouts, vectors, position), weights: weightsDigest(layout, parameters) };
}

interface Told {
  recorded: Recorded;
  generation: number;
}

async function open(dir: string, onError: (error: unknown) => void) {
  const folder = new RunFolder(dir);
  const job = completeJob({ ...JOB, keepCheckpoints: 2 });
  await folder.make();
  const checkpoints = await CheckpointFolder.open(folder.checkpoints, job.keepCheckpoints);
  const damaged: number[] = [];
  const found = await checkpoints.newest(({ step }) => damaged.push(step));
  const startStep = found?.checkpoint.step ?? 0;
  const options = { folder, checkpoints, job, plan: PLAN, dataset: DATASET, startStep };
  return { archive: await Archive.open({ ...options, onEvent: () => undefined, onError }), damaged };
}

/** Reports steps as fast as it can, until its disk is gone. */
async function train(dir: string, told: Told): Promise<void> {
  const failed = { yes: false };
  const opened = await open(dir, () => {
    failed.yes = true;
  }).catch(() => null);
  if (opened === null) return;
  const { archive } = opened;
  archive.onRecorded((recorded) => {
    told.recorded = recorded;
  });
  let number = archive.ledger.lastGeneration;
  for (let step = archive.ledger.steps; !failed.yes; step++) {
    if (step % 10 === 0) {
      number++;
      const members = [{ workerId: 'w1', name: 'a', address: null }];
      const generation = { number, key: 'k', firstStep: step, topology: 'mesh', members } as const;
      // What follows is not told of until it is on the disk.
      await archive.announce({ ...generation, microbatches: [{ start: 0, end: 4 }] }).then(
        () => {
          told.generation = number;
        },
        () => undefined,
      );
    }
    const position = positionOf(PLAN, step);
    const { epoch, start, end } = position;
    const samples = end - start;
    const figures = { learningRate: 0.1, gradientNorm: 1 };
    const sums = { lossSum: samples, correct: 1, samples, ...figures };
    archive.step(number, { step, position, ...sums }, { a: [0, 4] });
    const shown = { step: step + 1, epoch, samples, loss: 1, accuracy: 0.5 };
    archive.metrics({ type: 'step', ...shown, ...figures, imagesPerSecond: 1, seconds: 1 });
    const due = dueAfter(PLAN, step + 1);
    if (due.evaluate) archive.metrics({ type: 'evaluation', ...shown });
    if (due.checkpoint) {
      const { bytes, weights } = stateAfter(step + 1);
      archive.checkpoint(step + 1, bytes, { weights, state: null });
    }
    await sleep(1);
  }
  await archive.close();
}

function stepsIn(file: string): readonly number[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const parsed = lines.map((line) => JSON.parse(line) as { readonly type: string; readonly step: number });
  return parsed.filter(({ type }) => type === 'step').map(({ step }) => step);
}

describe.skipIf(lacks !== null)(`a disk that loses its power${leftOut(lacks)}`, () => {
  let base: string;
  let mount: string;
  const tool = (name: string, ...args: string[]): void => void execFileSync(name, args, { stdio: 'pipe' });

  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'gradsocket-power-'));
    mount = join(base, 'disk');
    mkdirSync(mount);
    writeFileSync(join(base, 'image'), '');
    truncateSync(join(base, 'image'), 512 * 1024 * 1024);
    tool('mkfs.xfs', '-q', join(base, 'image'));
    tool('mount', '-o', 'loop', join(base, 'image'), mount);
  });
  afterAll(() => {
    tool('umount', '-l', mount);
    rmSync(base, { recursive: true, force: true });
  });

  it(`has the newest checkpoint that was told of, whole, and a ledger without a gap that is not behind it (${ROUNDS} times)`, async () => {
    const dir = join(mount, 'run');
    const random = randomFrom(7);
    const told: Told = { recorded: { steps: 0, evaluated: 0, saved: 0 }, generation: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const training = train(dir, told);
      await sleep(200 + 600 * random());
      // After it nobody would hear anything; here the process lives on, and XFS lets it sync a folder whose names are gone.
      const { recorded: heard, generation } = { ...told };
      // What the log holds in memory is dropped, as it would be.
      tool('xfs_io', '-x', '-c', 'shutdown', mount);
      await training;
      // Nor was it told of anything any more.
      Object.assign(told, { recorded: heard, generation });
      tool('umount', mount);
      tool('mount', '-o', 'loop', join(base, 'image'), mount);
      const { archive, damaged } = await open(dir, (error) => {
        throw error;
      });
      const { recorded, ledger } = archive;
      expect(damaged, `round ${round}`).toEqual([]);
      expect(recorded.saved, `round ${round}`).toBeGreaterThanOrEqual(heard.saved);
      expect(recorded.steps, `round ${round}`).toBeGreaterThanOrEqual(Math.max(heard.steps, recorded.saved));
      expect(recorded.evaluated, `round ${round}`).toBeGreaterThanOrEqual(heard.evaluated);
      expect(ledger.lastGeneration, `round ${round}`).toBeGreaterThanOrEqual(generation);
      await archive.close();
      const steps = stepsIn(join(dir, 'ledger.jsonl'));
      expect(steps, `round ${round}`).toEqual(steps.map((_, index) => index));
      expect(stepsIn(join(dir, 'metrics.jsonl')), `round ${round}`).toEqual(steps.map((step) => step + 1));
    }
    expect(told.recorded.saved).toBeGreaterThan(ROUNDS);
    console.log(
      `${ROUNDS} power cuts: ${told.recorded.steps} steps and the checkpoint of step ${told.recorded.saved} kept`,
    );
  });
});
