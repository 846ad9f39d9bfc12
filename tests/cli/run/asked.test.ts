import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readAsked } from '../../../src/cli/run/asked.ts';
import { jobToYaml } from '../../../src/shared/job/document.ts';
import { launchOptions } from '../../../src/shared/job/options.ts';
import { resolveJob } from '../../../src/shared/job/resolve.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';

/** What is asked for with the complete job.yaml of a run, and flags. */
async function asked(job: Partial<Job>, flags: Readonly<Record<string, string | boolean>>): Promise<Job> {
  const folder = await mkdtemp(join(tmpdir(), 'asked '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'job.yaml');
  await writeFile(file, jobToYaml(resolveJob(jobSchema.parse(job))));
  const from = flags['resume'] === true ? { 'run-dir': folder } : { config: file, 'run-dir': join(folder, 'run') };
  return resolveJob((await readAsked({ ...from, ...flags }, launchOptions, 'launch')).job);
}

describe('a job.yaml that is complete, with another choice beside it', () => {
  it.each([
    ['sgd', { optimizer: 'adam' }, { lr: 0.001, momentum: 0, weightDecay: 0 }],
    ['sgd', { optimizer: 'adamw' }, { lr: 0.001, momentum: 0, weightDecay: 0.01 }],
    ['sgd', { optimizer: 'rmsprop' }, { lr: 0.001, momentum: 0 }],
    ['adamw', { optimizer: 'sgd' }, { lr: 0.03, momentum: 0.9, weightDecay: 0 }],
    ['adam', { optimizer: 'sgd', lr: '0.5' }, { lr: 0.5, momentum: 0.9 }],
    ['sgd', { schedule: 'cosine' }, { lr: 0.03, momentum: 0.9 }],
    ['sgd', {}, { lr: 0.03, momentum: 0.9 }],
  ] as const)('of %s with %j has the defaults of the choice', async (optimizer, flags, expected) => {
    expect(await asked({ optimizer }, flags)).toMatchObject(expected);
  });

  it('keeps what somebody wrote, and says where it conflicts', async () => {
    expect(await asked({ optimizer: 'sgd', lr: 0.2 }, { optimizer: 'adam' })).toMatchObject({ lr: 0.2, momentum: 0 });
    await expect(asked({ momentum: 0.5 }, { optimizer: 'adam' })).rejects.toThrow('--momentum 0.5 has no meaning');
    await expect(asked({ nesterov: true }, { optimizer: 'adam' })).rejects.toThrow('--nesterov is a setting of');
    await expect(asked({ kernel: 5 }, { model: 'resnet18' })).rejects.toThrow('--kernel 5 is a setting of cnn');
  });

  it('has no digest of weights that are not meant', async () => {
    const weights = { weights: '/a.safetensors', weightsSha256: 'a'.repeat(64) };
    expect((await asked(weights, {})).weightsSha256).toBe(weights.weightsSha256);
    expect((await asked(weights, { weights: '/b.safetensors' })).weightsSha256).toBeNull();
    expect(await asked(weights, { weights: '' })).toMatchObject({ weights: null, weightsSha256: null });
  });

  it('of a run that goes on names what was changed, not what follows from it', async () => {
    expect(await asked({ optimizer: 'sgd' }, { resume: true, optimizer: 'adam' })).toMatchObject({ momentum: 0 });
    const moved = { weights: '/a.safetensors', weightsSha256: 'a'.repeat(64) };
    expect((await asked(moved, { resume: true, weights: '/b' })).weightsSha256).toBe(moved.weightsSha256);
  });

  it('of a run that goes on leaves out what belongs to a choice that is undone', async () => {
    const early = { patience: 3, minDelta: 0.1 };
    expect(await asked(early, { resume: true })).toMatchObject(early);
    expect(await asked(early, { resume: true, patience: '' })).toMatchObject({ patience: null, minDelta: 0 });
    const steps = { schedule: 'step', scheduleEveryEpochs: 2 } as const;
    expect(await asked(steps, { resume: true, patience: '2' })).toMatchObject(steps);
    const constant = asked({ ...steps, ...early }, { resume: true, schedule: 'constant' });
    expect(await constant).toMatchObject({ scheduleEveryEpochs: null, ...early });
  });

  it('of a run that goes on names the workers that it has no work for, for its microbatches stay', async () => {
    const few = asked({ microbatches: 1 }, { resume: true });
    await expect(few).rejects.toThrow(
      / has --microbatches 1, which stays .* some of --workers 2 .* Pass --workers 1\.$/,
    );
    const many = asked({ microbatches: 4 }, { resume: true, workers: '5' });
    await expect(many).rejects.toThrow(/Pass --workers 4 or fewer\.$/);
    expect(await asked({ microbatches: 4 }, { resume: true, workers: '4' })).toMatchObject({ batch: 64 });
  });
});

describe('--resume auto', () => {
  async function emptyFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'asked '));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Whether a run goes on in a folder, and with which steps. */
  async function resumes(folder: string, flags: Readonly<Record<string, string | boolean>>) {
    const { options, job } = await readAsked({ 'run-dir': folder, ...flags }, launchOptions, 'launch');
    return [options.resume, job.steps];
  }

  it('begins a run where there is none, and goes on with the one that there is', async () => {
    const folder = await emptyFolder();
    const none = join(folder, 'not made yet');
    for (const dir of [folder, none]) expect(await resumes(dir, { resume: 'auto', steps: '5' })).toEqual([false, 5]);
    await writeFile(join(folder, 'job.yaml'), jobToYaml(resolveJob(jobSchema.parse({ steps: 7 }))));
    expect(await resumes(folder, { resume: 'auto' })).toEqual([true, 7]);
    for (const said of [true, '', 'true', 'yes']) expect(await resumes(folder, { resume: said })).toEqual([true, 7]);
    for (const said of [false, 'false', 'no']) expect(await resumes(folder, { resume: said })).toEqual([false, null]);
  });

  it('knows a run by something in its folder, but not by a checkpoint, which it would not begin at', async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'job.yaml'), jobToYaml(resolveJob(jobSchema.parse({ steps: 7 }))));
    await mkdir(join(folder, 'checkpoints'));
    for (const file of ['metrics.jsonl', 'checkpoints/step-00000003.safetensors'])
      await writeFile(join(folder, file), '');
    for (const within of ['job.yaml', 'metrics.jsonl', 'checkpoints']) {
      const read = await readAsked({ 'run-dir': join(folder, within), resume: true }, launchOptions, 'launch');
      expect(read).toMatchObject({ runDir: folder, job: { steps: 7 }, options: { resume: true } });
    }
    const checkpoint = join(folder, 'checkpoints/step-00000003.safetensors');
    const read = await readAsked({ 'run-dir': checkpoint, resume: true }, launchOptions, 'launch');
    expect(read).toMatchObject({ runDir: checkpoint, job: { steps: null } });
  });

  it('may stand in the environment and in YAML', async () => {
    const folder = await emptyFolder();
    const file = join(folder, 'settings.yaml');
    await writeFile(file, 'resume: auto\nworkers: 1\n');
    expect(await resumes(folder, { config: file })).toEqual([false, null]);
    await writeFile(join(folder, 'job.yaml'), jobToYaml(resolveJob(jobSchema.parse({ steps: 7 }))));
    expect(await resumes(folder, { config: file })).toEqual([true, 7]);
    vi.stubEnv('GRADSOCKET_RESUME', 'auto');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await resumes(folder, {})).toEqual([true, 7]);
  });

  it('takes no other word, and says where a folder is named', async () => {
    await expect(resumes('x', { resume: 'atuo' })).rejects.toThrow(
      '--resume atuo: expects nothing behind it, or auto; the folder is named by --run-dir',
    );
  });
});
