import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

describe.each([
  { engine: 'the default engine', flags: [] },
  { engine: 'wasm', flags: ['--engine', 'wasm'] },
])('runs without flags, on $engine', ({ engine, flags }) => {
  it('have the same bits for 1, 2 and 3 workers, and where one worker goes on with the run of two', async () => {
    const digests: Record<string, string | null> = {};
    for (const workers of ['1', '2', '3']) {
      const runDir = path.join(folder, `${engine} ${workers}`);
      digests[workers] = (await train(runDir, ['--workers', workers, '--steps', '6', ...flags])).weightsDigest;
    }
    const cut = path.join(folder, `${engine} cut`);
    await train(cut, ['--workers', '2', '--steps', '3', ...flags]);
    digests['cut'] = (await train(cut, ['--resume', '--workers', '1', '--steps', '6'])).weightsDigest;

    expect(digests['1']).toMatch(/^[0-9a-f]{64}$/);
    expect(digests).toEqual(Object.fromEntries(Object.keys(digests).map((key) => [key, digests['1']])));
  });
});
