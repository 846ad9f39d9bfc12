import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CheckpointFolder,
  checkpointName,
  chooseCheckpoint,
  type PassedOver,
  readCheckpoint,
} from '../../../src/shared/checkpoint/folder.ts';
import type { Measured } from '../../../src/shared/checkpoint/best.ts';
import { nodeDisk } from '../../../src/shared/disk.ts';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import { VirtualDisk } from '../virtual-disk.ts';
import { encodeState, type StateLayout } from '../../../src/shared/checkpoint/state.ts';

const layout: StateLayout = {
  parameters: { spans: [{ name: 'w', shape: [3], offset: 0, size: 3 }], length: 16 },
  buffers: { spans: [], length: 0 },
  optimizer: [],
};

function stateOf(step: number, value = step): Uint8Array {
  const vectors = {
    parameters: new Float32Array(16).fill(value, 1, 3),
    buffers: new Float32Array(0),
    optimizer: new Map(),
  };
  return encodeState(layout, vectors, { step, seed: 1, fingerprint: 'b'.repeat(64) });
}

function measured(validationAccuracy: number, validationLoss = 1): Measured {
  return { validationAccuracy, validationLoss };
}

let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gradsocket checkpoints '));
  path = join(root, 'checkpoints');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function written(keep: number, ...steps: number[]): Promise<CheckpointFolder> {
  const folder = await CheckpointFolder.open(path, keep);
  for (const step of steps) await folder.write(step, stateOf(step));
  return folder;
}

describe('CheckpointFolder', () => {
  it('that nothing can be written to is told of when it is opened, one that is full may have room later', async () => {
    const failing = (code: string) => ({
      ...nodeDisk,
      open: () => Promise.reject(Object.assign(new Error(code), { code })),
    });
    await expect(CheckpointFolder.open(path, 1, 'accuracy', failing('EROFS'))).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
      exitCode: EXIT.ioError,
      message: `Cannot write ${path}: that file system is read-only. Name a folder on another one, or mount a volume there.`,
    });
    await CheckpointFolder.open(path, 1, 'accuracy', failing('ENOSPC'));
    await CheckpointFolder.open(path, 1);
    expect(await readdir(path)).toEqual([]);
  });

  it('that somebody takes away is the trouble of the disk, in a sentence, whatever is done next', async () => {
    const folder = await written(2, 1);
    await rm(root, { recursive: true });
    const gone = {
      code: 'CANNOT_WRITE',
      exitCode: EXIT.ioError,
      message: expect.stringMatching(/that it belongs in is gone/) as string,
    };
    await expect(folder.rate(1, measured(0.5))).rejects.toMatchObject(gone);
    await expect(folder.write(2, stateOf(2))).rejects.toMatchObject(gone);
    await expect(folder.disown(1)).rejects.toMatchObject(gone);
  });

  it('keeps the newest few and the best', async () => {
    const folder = await CheckpointFolder.open(path, 2);
    const accuracies = new Map([
      [10, 0.5],
      [20, 0.9],
      [30, 0.7],
      [40, 0.9],
      [50, 0.1],
    ]);
    for (const [step, accuracy] of accuracies) {
      await folder.write(step, stateOf(step));
      expect(await folder.rate(step, measured(accuracy))).toBe(step <= 20);
    }
    expect(await folder.steps()).toEqual([50, 40, 20]);
    expect(folder.best).toEqual({ step: 20, monitor: 'accuracy', ...measured(0.9) });
  });

  it('drops the old best once there is a better one', async () => {
    const folder = await written(1, 1);
    await folder.rate(1, measured(0.1));
    await folder.write(2, stateOf(2));
    expect(await folder.steps()).toEqual([2, 1]);
    await folder.rate(2, measured(0.2));
    expect(await folder.steps()).toEqual([2]);
  });

  it('remembers the best when it is opened again', async () => {
    const folder = await written(1, 1, 2);
    await folder.rate(2, measured(0.25));
    expect((await CheckpointFolder.open(path, 1)).best).toEqual({ step: 2, monitor: 'accuracy', ...measured(0.25) });
  });

  it('decides anew, among what is there, when a run goes on whose best was lost or not marked yet', async () => {
    const folder = await written(9, 1, 2, 3, 4);
    const evaluations = [measured(0.9, 1), measured(0.5, 0.2), measured(0.9, 0.3), measured(0.95, 2)].map(
      (one, index) => ({
        step: index + 1,
        ...one,
      }),
    );
    await folder.rate(4, evaluations[3]!);
    expect(await folder.reconsider(evaluations)).toBeNull();
    await rm(folder.fileOf(4));
    const again = await CheckpointFolder.open(path, 9);
    expect(await again.reconsider(evaluations)).toMatchObject({ step: 1, monitor: 'accuracy' });
    const byLoss = await CheckpointFolder.open(path, 9, 'loss');
    expect(await byLoss.reconsider(evaluations)).toMatchObject({ step: 2, monitor: 'loss', validationLoss: 0.2 });
    expect((await CheckpointFolder.existing(path)).best).toMatchObject({ step: 2, monitor: 'loss' });
    // What nobody has evaluated is not the best, and what is on record alone is not there.
    expect(await (await CheckpointFolder.open(path, 9)).reconsider([])).toMatchObject({ step: 2, monitor: 'accuracy' });
  });

  it('does not take an accuracy that is no number for the best', async () => {
    const folder = await written(1, 1);
    expect(await folder.rate(1, measured(Number.NaN))).toBe(false);
    expect(folder.best).toBeNull();
  });

  it('knows the best also where the rating comes before the checkpoint', async () => {
    const folder = await CheckpointFolder.open(path, 3);
    expect(await folder.rate(4, measured(0.5))).toBe(false);
    expect(await folder.write(4, stateOf(4))).toEqual({ file: folder.fileOf(4), best: true, trouble: null });
  });

  it('keeps the best checkpoint where a better step has none', async () => {
    const folder = await written(1, 1);
    await folder.rate(1, measured(0.5));
    await folder.rate(2, measured(0.6));
    await folder.write(3, stateOf(3));
    expect(await folder.steps()).toEqual([3, 1]);
    expect(folder.best?.step).toBe(1);
  });

  it('makes one change after the other when asked for several at once', async () => {
    const folder = await CheckpointFolder.open(path, 1);
    const results = await Promise.all([
      folder.write(1, stateOf(1)),
      folder.rate(1, measured(0.5)),
      folder.write(2, stateOf(2)),
      folder.rate(2, measured(0.4)),
      folder.write(3, stateOf(3)),
    ]);
    expect(results.slice(1, 4)).toEqual([true, { file: folder.fileOf(2), best: false, trouble: null }, false]);
    expect(await folder.steps()).toEqual([3, 1]);
  });

  it('finds nothing in a folder without checkpoints', async () => {
    const folder = await CheckpointFolder.open(path, 3);
    expect(await folder.newest(() => {})).toBeNull();
  });

  it('falls back to the older checkpoint where the newest is cut in half, and names the bad file', async () => {
    const folder = await written(3, 1, 2, 3);
    await truncate(folder.fileOf(3), stateOf(3).length / 2);
    const bad: string[] = [];
    const found = await folder.newest(({ error }) => bad.push(error.message));
    expect(found?.checkpoint.step).toBe(2);
    expect(found?.bytes).toEqual(Buffer.from(stateOf(2)));
    expect(bad).toHaveLength(1);
    expect(bad[0]).toContain('step-00000003.safetensors');
    expect(bad[0]).toContain('cut short');
  });

  it('sets a damaged checkpoint aside, so that it takes no place among the newest', async () => {
    const folder = await written(2, 1, 5);
    await truncate(folder.fileOf(5), 20);
    const passed: PassedOver[] = [];
    await folder.newest((other) => passed.push(other));
    expect(await folder.steps()).toEqual([5, 1]);
    await folder.setAside(passed);
    await folder.write(2, stateOf(2));
    expect(await folder.steps()).toEqual([2, 1]);
    expect(await readdir(path)).toContain('step-00000005.safetensors.damaged');
  });

  it('is on the disk by its names as it is found, and once a checkpoint has another name', async () => {
    const disk = new VirtualDisk();
    await disk.makeFolder('/runs/a/checkpoints');
    disk.put('/runs/a/checkpoints/step-00000002.safetensors', 'damaged');
    const before = disk.calls.length;
    const folder = await CheckpointFolder.open('/runs/a/checkpoints', 2, 'accuracy', disk);
    const bad: PassedOver[] = [];
    await folder.newest((one) => bad.push(one)).catch(() => undefined);
    await folder.setAside(bad);
    const lasting = disk.calls
      .slice(before)
      .map(({ name }) => name)
      .filter((name) => name === 'rename' || name === 'syncFolder');
    expect(lasting).toEqual(['syncFolder', 'rename', 'syncFolder']);
    expect(await disk.afterPowerCut().list('/runs/a/checkpoints')).toEqual(['step-00000002.safetensors.damaged']);
  });

  it('keeps all that were to stay where the next one cannot be written', async () => {
    const disk = new VirtualDisk();
    const folder = await CheckpointFolder.open('/checkpoints', 2, 'accuracy', disk);
    for (const step of [10, 20]) await folder.write(step, stateOf(step));
    disk.fault = ({ name }) => (name === 'append' ? { code: 'EIO' } : null);
    await expect(folder.write(30, stateOf(30))).rejects.toMatchObject({ code: 'CANNOT_WRITE' });
    expect(await folder.steps()).toEqual([20, 10]);
  });

  it('has no best any more once that is set aside, so that the next one may be it', async () => {
    const folder = await written(3, 10, 20, 30);
    await folder.rate(10, measured(0.9));
    await folder.setAside([{ step: 10, error: new GradsocketError('BAD_CHECKPOINT', EXIT.badData, 'damaged') }]);
    expect(folder.best).toBeNull();
    expect(await folder.rate(20, measured(0.2))).toBe(true);
    await folder.disown(30);
    expect(folder.best).toMatchObject({ step: 20 });
    await folder.disown(20);
    expect(folder.best).toBeNull();
  });

  it('changes nothing where it is opened to be read', async () => {
    await written(3, 1, 2);
    await truncate(join(path, checkpointName(2)), 20);
    const before = await readdir(path);
    const folder = await CheckpointFolder.existing(path);
    expect((await folder.newest(() => {}))?.checkpoint.step).toBe(1);
    expect(await readdir(path)).toEqual(before);
  });

  it('says so when every checkpoint is damaged', async () => {
    const folder = await written(3, 1, 2);
    for (const step of [1, 2]) await truncate(folder.fileOf(step), 20);
    await expect(folder.newest(() => {})).rejects.toMatchObject({
      code: 'BAD_CHECKPOINT',
      exitCode: 65,
      message: expect.stringContaining(`None of the 2 checkpoints in ${path} can be used`) as unknown,
    });
  });

  it('refuses to write a checkpoint under the number of another', async () => {
    const folder = await written(2, 1);
    await expect(folder.write(3, stateOf(2))).rejects.toMatchObject({ code: 'BAD_CHECKPOINT' });
    expect(await folder.steps()).toEqual([1]);
  });

  it('refuses to write what is no checkpoint', async () => {
    const folder = await written(3, 1);
    await expect(folder.write(2, stateOf(2).subarray(0, -1))).rejects.toMatchObject({ code: 'BAD_CHECKPOINT' });
    expect(await readdir(path)).toEqual(['step-00000001.safetensors']);
  });

  it('clears away what a killed process left half written, and nothing else', async () => {
    await written(3, 1);
    await writeFile(join(path, '.step-00000002.safetensors.123e4567-e89b-12d3-a456-426614174000.tmp'), 'half');
    await writeFile(join(path, 'notes.txt'), 'mine');
    await CheckpointFolder.open(path, 3);
    expect((await readdir(path)).toSorted()).toEqual(['notes.txt', 'step-00000001.safetensors']);
  });

  it.each([
    { code: 'EACCES', passed: [] },
    { code: 'EMFILE', passed: [] },
    { code: 'ENOMEM', passed: [] },
    { code: 'EIO', passed: [2] },
  ])(
    'passes over what the disk has lost, never what it was only kept from reading ($code)',
    async ({ code, passed }) => {
      await written(3, 1, 2);
      const read = (file: string): Promise<Buffer> =>
        file.includes('00000002')
          ? Promise.reject(Object.assign(new Error(code), { code, path: file }))
          : nodeDisk.read(file);
      const folder = await CheckpointFolder.existing(path, { ...nodeDisk, read });
      const heard: number[] = [];
      const found = folder.newest(({ step }) => heard.push(step));
      if (passed.length === 0) await expect(found).rejects.toMatchObject({ code });
      else expect((await found)?.checkpoint.step).toBe(1);
      expect(heard).toEqual(passed);
    },
  );

  it('says in a sentence that a checkpoint is missing', async () => {
    await expect(readCheckpoint(join(root, 'nothing'))).rejects.toMatchObject({
      code: 'BAD_CHECKPOINT',
      message: `Cannot read ${join(root, 'nothing')}: it does not exist.`,
    });
  });

  it('writes what can be read back', async () => {
    const folder = await written(3, 7);
    expect(await readFile(folder.fileOf(7))).toEqual(Buffer.from(stateOf(7)));
  });
});

describe('a state that is not finite', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'is not written where it holds %d: the folder stays as it was',
    async (value) => {
      const folder = await written(2, 1, 2);
      const before = await readdir(path);
      await expect(folder.write(3, stateOf(3, value))).rejects.toMatchObject({
        code: 'TRAINING_DIVERGED',
        exitCode: 76,
        message: "After step 3, 'w' holds values that are not finite: training has diverged.",
      });
      expect(await readdir(path)).toEqual(before);
    },
  );

  it('is written where it is only very large', async () => {
    const folder = await written(2, 1);
    await folder.write(2, stateOf(2, 3.4e38));
    expect(await folder.steps()).toEqual([2, 1]);
  });

  it('is set aside, by name, where an older version left it as the newest', async () => {
    const folder = await written(3, 1, 2, 3);
    await writeFile(folder.fileOf(3), stateOf(3, Number.NaN));
    const passed: PassedOver[] = [];
    const found = await folder.newest((other) => passed.push(other), new Set([2]));
    await folder.setAside(passed);
    expect(found?.checkpoint.step).toBe(1);
    expect(passed.map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/step-00000003.safetensors cannot be used: 'w' in it holds values that are not finite/),
      expect.stringMatching(/step-00000002.safetensors cannot be used: its evaluation came to no finite loss/),
    ]);
    expect((await readdir(path)).toSorted()).toEqual([
      'step-00000001.safetensors',
      'step-00000002.safetensors.diverged',
      'step-00000003.safetensors.diverged',
    ]);
  });

  it('is all there is: says so, and sets nothing aside', async () => {
    const folder = await written(3, 1);
    await writeFile(folder.fileOf(1), stateOf(1, Number.NaN));
    await expect(folder.newest(() => undefined)).rejects.toMatchObject({ code: 'TRAINING_DIVERGED', exitCode: 76 });
    expect(await folder.steps()).toEqual([1]);
  });
});

describe('chooseCheckpoint', () => {
  it('takes the best where one is marked, the newest otherwise, and leaves the folder as it is', async () => {
    const folder = await written(3, 1, 2, 3);
    await writeFile(join(path, '.step-00000004.safetensors.half.tmp'), 'being written');
    const before = await readdir(path);
    expect(await chosen('best')).toEqual({ step: 3, passedOver: [] });
    expect(await readdir(path)).toEqual(before);
    await folder.rate(2, measured(0.9));
    expect(await chosen('best')).toEqual({ step: 2, passedOver: [] });
    expect(await chosen('newest')).toEqual({ step: 3, passedOver: [] });
  });

  it('passes over what an older version left that is not finite, by name, and takes the next newest', async () => {
    const folder = await written(3, 1, 2, 3);
    await folder.rate(2, measured(0.9));
    for (const step of [2, 3]) await writeFile(folder.fileOf(step), stateOf(step, Number.NaN));
    const passedOver = expect.stringMatching(/step-0000000[23].safetensors cannot be used: 'w' .*not finite/);
    expect(await chosen('best')).toEqual({ step: 1, passedOver: [passedOver, passedOver] });
    expect(await chosen('newest')).toEqual({ step: 1, passedOver: [passedOver, passedOver] });
    await writeFile(folder.fileOf(1), stateOf(1, Number.NEGATIVE_INFINITY));
    await expect(chosen('best')).rejects.toMatchObject({ code: 'TRAINING_DIVERGED', exitCode: 76 });
  });

  async function chosen(which: 'best' | 'newest') {
    const passedOver: string[] = [];
    const { checkpoint } = await chooseCheckpoint(path, which, (error) => passedOver.push(error.message));
    return { step: checkpoint.step, passedOver };
  }

  it('says where there is none', async () => {
    await expect(chosen('best')).rejects.toMatchObject({ code: 'NO_CHECKPOINT', exitCode: 65 });
  });
});
