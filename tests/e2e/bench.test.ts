import { expect, test } from 'vitest';
import { run } from './gradsocket.ts';

async function bench(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(['bench', ...args]);
  if (code !== 0) throw new Error(stderr);
  // One object and nothing else: scripts read it.
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('bench train measures a whole run', async () => {
  const network = ['--engine', 'wasm', '--channels', '2', '--dense', '4', '--batch', '8', '--samples', '64'];
  const result = await bench('train', ...network, '--workers', '2', '--steps', '3', '--warmup', '2');
  expect(result).toMatchObject({ engine: 'wasm', workers: 2, batch: 8, steps: 3 });
  expect(result['imagesPerSecond']).toBeGreaterThan(0);
  const shares = Object.values(result['shares'] as Record<string, number>);
  expect(shares.reduce((total, share) => total + share, 0)).toBeGreaterThan(0.9);
});

test.each(['mesh', 'star'])('bench allreduce sums over a %s, of several sizes', async (topology) => {
  const args = ['--workers', '3', '--topology', topology, '--sizes', '17,4096', '--runs', '3', '--warmup', '1'];
  const result = await bench('allreduce', ...args);
  const sizes = result['sizes'] as { floats: number; milliseconds: { median: number }; busGBps: number }[];
  expect(sizes.map(({ floats }) => floats)).toEqual([17, 4096]);
  for (const { milliseconds, busGBps } of sizes) expect(Math.min(milliseconds.median, busGBps)).toBeGreaterThan(0);
});

test('bench data measures each epoch, flat out and with an engine that takes its time', async () => {
  const result = await bench('data', '--samples', '60', '--batch', '16', '--epochs', '2', '--flip', '--pace', '1');
  expect(result).toMatchObject({ dataset: { shape: [32, 32, 3], encoding: 'image' } });
  expect(result['flatOut']).toHaveLength(2);
  expect((result['paced'] as { epochs: unknown[] }).epochs).toHaveLength(2);
});

test('bench control measures a coordinator with workers that compute nothing', async () => {
  const result = await bench('control', '--workers', '20', '--steps', '2');
  expect(result).toMatchObject({ workers: 20 });
  expect((result['joining'] as { milliseconds: number }).milliseconds).toBeGreaterThan(0);
  const { of } = result['looks'] as { of: Record<string, { bytes: number }> };
  expect(Object.keys(of)).toEqual(['/', '/api/view', '/api/run', '/metrics']);
  for (const { bytes } of Object.values(of)) expect(bytes).toBeGreaterThan(0);
  expect((result['loss'] as { milliseconds: number }).milliseconds).toBeGreaterThan(0);
});

test.each([{ optimizer: [] }, { optimizer: ['--optimizer', 'adam'] }])(
  'bench engine measures a plain loop: $optimizer',
  async ({ optimizer }) => {
    const network = ['--engine', 'cpu', '--channels', '2', '--dense', '4', '--batch', '4', '--image-size', '8'];
    expect(await bench('engine', ...network, ...optimizer, '--steps', '2', '--warmup', '1')).toMatchObject({
      engine: 'cpu',
      threads: 1,
    });
  },
);

test('bench without a part, or with one that is none, says so', async () => {
  expect((await run(['bench'])).stderr).toMatch(/Which part\?/);
  const wrong = await run(['bench', 'trian']);
  expect([wrong.code, wrong.stderr]).toEqual([64, expect.stringContaining("takes no 'trian'")]);
});
