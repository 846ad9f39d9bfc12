import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CompleteJob } from '../../../src/shared/job/complete.ts';
import { completeJob } from '../../../src/coordinator/store/job-file.ts';
import { firstState, readWeights } from '../../../src/cli/run/first-state.ts';
import { readSafetensors, writeSafetensors } from '../../../src/shared/checkpoint/safetensors.ts';
import { decodeState } from '../../../src/shared/checkpoint/state.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import type { DatasetDescription } from '../../../src/shared/protocol/shared.ts';
import { pytorchFile } from '../../shared/network/pytorch/golden.ts';

const folder = mkdtempSync(join(tmpdir(), 'first state '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dataset: DatasetDescription = {
  name: 'made up',
  digest: 'd'.repeat(64),
  classes: ['a', 'b', 'c'],
  imageShape: [8, 8, 1],
  encoding: 'raw',
  trainSamples: 9,
  validationSamples: 3,
  mean: [0],
  deviation: [1],
};

function jobOf(settings: Partial<Job>): CompleteJob {
  return completeJob(jobSchema.parse({ channels: [2], dense: 3, ...settings }));
}

/** Of the network that `jobOf` means, for so many classes. */
function fileFor(classes: number, name: string): string {
  const file = join(folder, name);
  writeFileSync(file, pytorchFile(buildNetwork(jobOf({}), dataset.imageShape, classes)));
  return file;
}

describe('firstState', () => {
  it('is nothing where no weights are given', async () => {
    expect(await firstState(jobOf({}), dataset)).toBeNull();
  });

  it('is a checkpoint before the first step, of the job with the digest of the file', async () => {
    const weights = fileFor(3, 'same.safetensors');
    const first = (await firstState(jobOf({ weights }), dataset))!;
    expect(first.job.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(first.notices).toEqual([]);
    const checkpoint = decodeState(first.bytes, 'first');
    expect(checkpoint.step).toBe(0);
    expect(checkpoint.weightsDigest).toBe(first.weightsDigest);
    expect([...checkpoint.tensors.keys()].some((name) => name.startsWith('optimizer.'))).toBe(false);
    const again = await firstState(first.job, dataset);
    expect(again).toEqual(first);
  });

  it.each([
    [['a', 'c', 'b'], 'c there is b here, b there is c here'],
    [['ant', 'bee', 'fly'], 'ant there is a here, bee there is b here, fly there is c here'],
  ])('says that a head that fits knows other classes: %j', async (classes, others) => {
    const { tensors } = readSafetensors(pytorchFile(buildNetwork(jobOf({}), dataset.imageShape, 3)), 'x');
    const weights = join(folder, 'renamed.safetensors');
    const metadata = { format: 'pt', classes: JSON.stringify(classes) };
    writeFileSync(weights, writeSafetensors([...tensors.values()], metadata));
    const { notices } = (await firstState(jobOf({ weights }), dataset))!;
    expect(notices).toEqual([
      `The last layer of ${weights} was trained on other classes, or in another order: ${others}. It learns on from there.`,
    ]);
  });

  it('says that a head for other classes is made anew, from the seed', async () => {
    const weights = fileFor(5, 'other.safetensors');
    const first = (await firstState(jobOf({ weights }), dataset))!;
    expect(first.notices[0]).toContain("'fc2.weight' is [5, 3] there. fc2 begins with initial values");
    const reseeded = (await firstState(jobOf({ weights, seed: 2 }), dataset))!;
    expect(reseeded.weightsDigest).not.toBe(first.weightsDigest);
  });

  it('says what of the file was left out, and that a backbone has no head', async () => {
    const { tensors } = readSafetensors(pytorchFile(buildNetwork(jobOf({}), dataset.imageShape, 3)), 'x');
    const body = [...tensors.values()].filter(({ name }) => !name.startsWith('fc2.'));
    const extra = body.slice(0, 2).map((tensor) => ({ ...tensor, name: `ema.${tensor.name}` }));
    const weights = join(folder, 'backbone.safetensors');
    writeFileSync(weights, writeSafetensors([...body, ...extra], {}));
    const { notices } = (await firstState(jobOf({ weights }), dataset))!;
    expect(notices[0]).toContain(
      'has no fc2, the layer that tells classes apart. fc2 begins with initial values (glorot_uniform)',
    );
    expect(notices[1]).toContain(
      "holds 2 tensors such as 'ema.conv1.weight', of which this network knows nothing: left out",
    );
  });

  it('refuses a file that is another one than when the run began', async () => {
    const first = (await firstState(jobOf({ weights: fileFor(3, 'one.safetensors') }), dataset))!;
    fileFor(4, 'one.safetensors');
    await expect(firstState(first.job, dataset)).rejects.toThrow('is not the file that was meant');
  });

  it('says why a file cannot be read', async () => {
    const missing = jobOf({ weights: join(folder, 'missing') });
    await expect(firstState(missing, dataset)).rejects.toThrow(
      /--weights .*missing cannot be read: there is no such file/,
    );
    await expect(firstState(jobOf({ weights: folder }), dataset)).rejects.toThrow('it is a folder');
  });
});

it.each(['imagenet', 'IMAGENET1K_V1', 'resnet18', 'best'])(
  'says of weights named %s that none are fetched',
  async (name) => {
    await expect(readWeights(join(tmpdir(), name))).rejects.toMatchObject({
      code: 'WEIGHTS_UNREADABLE',
      message: expect.stringContaining('none is fetched by a name') as unknown,
    });
  },
);

it('says of any other file only that there is none', async () => {
  await expect(readWeights(join(tmpdir(), 'pets.safetensors'))).rejects.toMatchObject({
    message: expect.stringMatching(/there is no such file\.$/) as unknown,
  });
});
