import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILES, type Format } from '../../src/cli/export/exported.ts';
import { run, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const runDir = path.join(folder, 'run');
const output = path.join(folder, 'for others');

/** What `python` is here, with the modules that an export is for; PYTHON names another one. */
const PYTHON = process.env['PYTHON'] ?? 'python3';

beforeAll(() =>
  train(runDir, ['--channels', '4', '--dense', '8', '--engine', 'wasm', '--steps', '2', '--workers', '1']),
);

async function exported(format: Format): Promise<string> {
  const { code, stdout, stderr } = await run(['export', runDir, '--format', format, '--output', output]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

/** Runs the command after `load`, as somebody who copies it to a shell. */
async function load(stdout: string): Promise<string> {
  const [, command = ''] = /^load {6}(.*)$/m.exec(stdout) ?? [];
  expect(command).toContain('python -c');
  const python = `python() { '${PYTHON}' "$@"; }\n`;
  return (await promisify(execFile)('sh', ['-c', `${python}${command}`], { cwd: folder })).stdout;
}

/** Whether Python finds all of these. */
const has = (...modules: readonly string[]): Promise<boolean> =>
  promisify(execFile)(PYTHON, ['-c', `import ${modules.join(', ')}`]).then(
    () => true,
    () => false,
  );

describe('every format, one after the other into the same folder', () => {
  const said = new Map<Format, string>();
  beforeAll(async () => {
    for (const format of Object.keys(FILES) as Format[]) said.set(format, await exported(format));
  });

  it('leaves the files of all', () => {
    expect(readdirSync(output).toSorted()).toEqual(Object.values(FILES).flat().toSorted());
  });

  it('pytorch: the printed command loads it', async ({ skip }) => {
    skip(!(await has('torch', 'safetensors')), 'Python here has no torch and safetensors');
    expect(await load(said.get('pytorch')!)).toContain('Conv2d(1, 4');
  });

  it('keras: the printed command loads it', async ({ skip }) => {
    skip(!(await has('keras')), 'Python here has no keras');
    expect(await load(said.get('keras')!)).toContain('DepthwiseConv2D');
  });

  it('onnx: onnxruntime makes logits of it', async () => {
    const session = await ort.InferenceSession.create(path.join(output, 'model.onnx'));
    const pixels = new ort.Tensor(
      'float32',
      Float32Array.from({ length: 64 }, (_, i) => i),
      [1, 1, 8, 8],
    );
    const { logits } = await session.run({ pixels });
    expect(logits!.dims).toEqual([1, 10]);
    expect([...(logits!.data as Float32Array)].every(Number.isFinite)).toBe(true);
    await session.release();
  });

  it('onnx: the printed command loads it', async ({ skip }) => {
    skip(!(await has('onnxruntime')), 'Python here has no onnxruntime');
    expect(await load(said.get('onnx')!)).toContain('pixels');
  });

  it('safetensors: the printed command loads it', async ({ skip }) => {
    skip(!(await has('safetensors', 'numpy')), 'Python here has no safetensors and numpy');
    expect(await load(said.get('safetensors')!)).toContain('conv1.weight');
  });
});
