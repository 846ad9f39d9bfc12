import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/shared/checkpoint/safetensors.ts';
import { run, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const network = ['--channels', '4,8', '--dense', '16', '--batch-norm'];
const flags = [...network, '--engine', 'wasm', '--threads', '1', '--batch', '64', '--microbatches', '3'];
const before = path.join(folder, 'before');
const weights = path.join(folder, 'weights.safetensors');
const tuning = [...flags, '--optimizer', 'adam', '--freeze', 'conv1,bn1'];
const given = [...tuning, '--weights', weights];

/** The bytes of a tensor in the newest weights of a run, as `export` writes them for PyTorch. */
async function exported(runDir: string): Promise<ReadonlyMap<string, string>> {
  const output = path.join(runDir, 'pytorch');
  const args = ['export', runDir, '--format', 'pytorch', '--checkpoint', 'newest', '--output', output];
  const { code, stderr } = await run(args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { tensors } = readSafetensors(readFileSync(path.join(output, 'model.safetensors')), 'export');
  return new Map([...tensors].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('hex')]));
}

beforeAll(async () => {
  await train(before, [...flags, '--workers', '2', '--steps', '12']);
  await exported(before);
  copyFileSync(path.join(before, 'pytorch', 'model.safetensors'), weights);
});

describe('a run that begins with given weights and frozen layers', () => {
  it('ends alike with any number of workers, stopped or not, and without the file once it has a checkpoint', async () => {
    const whole = await train(path.join(folder, 'whole'), [...given, '--workers', '3', '--steps', '8']);
    const alone = await train(path.join(folder, 'alone'), [...given, '--workers', '1', '--steps', '8']);
    expect(alone.weightsDigest).toBe(whole.weightsDigest);

    const moved = path.join(folder, 'moved.safetensors');
    copyFileSync(weights, moved);
    const runDir = path.join(folder, 'cut');
    await train(runDir, [...tuning, '--weights', moved, '--workers', '2', '--steps', '3']);
    writeFileSync(moved, 'gone');
    const resumed = await train(runDir, ['--resume', '--workers', '1', '--steps', '8']);
    expect(resumed.weightsDigest).toBe(whole.weightsDigest);

    const first = await exported(before);
    const tuned = await exported(runDir);
    for (const [name, bytes] of tuned) {
      if (name.endsWith('num_batches_tracked')) continue;
      expect(bytes === first.get(name), name).toBe(/^(conv1|bn1)\./.test(name));
    }
  });

  it('cannot become a run of other weights', async () => {
    const runDir = path.join(folder, 'fixed');
    await train(runDir, [...given, '--workers', '1', '--steps', '2']);
    const other = ['--weights-sha256', 'a'.repeat(64)];
    const result = await run(['launch', '--run-dir', runDir, '--resume', ...other, '--steps', '3']);
    expect(result.code).toBe(78);
    expect(result.stderr).toContain('weights-sha256');
    const thawed = await run(['launch', '--run-dir', runDir, '--resume', '--freeze', 'conv1', '--steps', '3']);
    expect(thawed.code).toBe(78);
    expect(thawed.stderr).toContain('--freeze was conv1,bn1');
  });

  it.each([
    ['a file that is not there', ['--weights', 'nowhere.safetensors'], 78, 'there is no such file'],
    [
      'a file of another shape',
      ['--weights', weights, '--dense', '8'],
      65,
      "'fc1.weight' is [16, 32] there and [8, 32] in this network",
    ],
    ['settings of the other network', ['--weights', weights, '--model', 'resnet18'], 64, 'is a setting of cnn'],
    ['an unknown layer', ['--freeze', 'conv3'], 78, 'Did you mean conv1?'],
    ['one logit for ten classes', ['--loss', 'sigmoid'], 78, 'tells two classes apart, and there are 10'],
    ['even filters', ['--kernel', '4'], 64, 'an odd number'],
  ] as const)('%s: refused with a sentence, before anything is written', async (_, wrong, exitCode, sentence) => {
    const runDir = path.join(folder, 'refused');
    const said = new Set<string>(wrong);
    const rest = flags.filter((flag, index) => !said.has(flag) && !said.has(flags[index - 1] ?? ''));
    const { code, stderr } = await run(['launch', '--run-dir', runDir, ...rest, ...wrong]);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(exitCode);
    expect(() => readFileSync(path.join(runDir, 'job.yaml'))).toThrow();
  });
});
