import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { hdf5File } from '../../../src/cli/export/keras/hdf5.ts';
import { kerasFile } from '../../../src/cli/export/keras.ts';
import { kerasOrder } from '../../../src/cli/export/keras/order.ts';
import { readZip } from './read-zip.ts';
import { modelOf } from './exported.ts';

const folder = mkdtempSync(join(tmpdir(), 'keras '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** PYTHON names another one. */
const PYTHON = process.env['PYTHON'] ?? 'python3';

it('orders layers as Keras does: by how far they are from the output, then as a walk back meets them', () => {
  const layers = [
    { name: 'pixels', inputs: [] },
    { name: 'a', inputs: ['pixels'] },
    { name: 'short', inputs: ['a'] },
    { name: 'b', inputs: ['a'] },
    { name: 'c', inputs: ['b'] },
    { name: 'add', inputs: ['c', 'short'] },
  ];
  expect(kerasOrder(layers, 'add').map(({ name }) => name)).toEqual(['pixels', 'a', 'b', 'c', 'short', 'add']);
});

it('is a zip archive of what Keras looks for, the same for the same model', async () => {
  const model = modelOf({ channels: [4], dense: 8, activation: 'leaky_relu', batchNorm: true }, [8, 9, 3]);
  const bytes = kerasFile(model, '0.0.0');
  expect(Buffer.compare(bytes, kerasFile(model, '0.0.0'))).toBe(0);
  const files = await readZip(bytes);
  expect([...files.keys()]).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
  const { config } = JSON.parse(files.get('config.json')!.toString()) as {
    config: { layers: { class_name: string; config: object }[] };
  };
  expect(config.layers[0]!.config).toMatchObject({ batch_shape: [null, 8, 9, 3] });
  expect(config.layers.find(({ class_name }) => class_name === 'LeakyReLU')!.config).toHaveProperty('negative_slope');
  const metadata = JSON.parse(files.get('metadata.json')!.toString()) as { gradsocket: { classes: string[] } };
  expect(metadata.gradsocket.classes).toEqual(['cat', 'dog', 'bird']);
});

describe('HDF5', () => {
  it('begins with its signature, and says how long it is', () => {
    const bytes = hdf5File(new Map([['a', { shape: [2], bytes: new Uint8Array(8) }]]));
    expect(Buffer.from(bytes.subarray(1, 4)).toString()).toBe('HDF');
    expect(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, true)).toBe(BigInt(bytes.length));
  });

  it('is read by its own library', async ({ skip }) => {
    const run = promisify(execFile);
    const there = await run(PYTHON, ['-c', 'import h5py']).catch(() => null);
    skip(there === null, 'Python here has no h5py');
    const many = Array.from(
      { length: 300 },
      (_, i) => [`array ${i}`, { shape: [1, 2], bytes: new Uint8Array(Float32Array.of(i, 0.5).buffer) }] as const,
    );
    const file = join(folder, 'a.h5');
    writeFileSync(file, hdf5File(new Map([['group', new Map(many)]])));
    const program = `import h5py, sys
f = h5py.File(sys.argv[1])
print([f['group'][f'array {i}'][...].tolist() for i in range(300)] == [[[i, 0.5]] for i in range(300)], len(f['group']))`;
    expect((await run(PYTHON, ['-c', program, file])).stdout.trim()).toBe('True 300');
  });
});
