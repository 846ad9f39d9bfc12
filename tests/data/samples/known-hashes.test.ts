import { mkdtempSync, rmSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type FileState, KnownHashes } from '../../../src/data/samples/known-hashes.ts';

const base = mkdtempSync(join(tmpdir(), 'known hashes '));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let [cache, folder] = ['', ''];
beforeEach(() => {
  cache = mkdtempSync(join(base, 'cache-'));
  folder = mkdtempSync(join(base, 'data-'));
});

const SECOND = 1_000_000_000n;
const NOW = 1_000n * SECOND;
const stateOf = (inode: bigint, changes: Partial<Record<1 | 2 | 3 | 4, bigint>> = {}): FileState =>
  Object.assign([inode, 3n, 100n, 500n * SECOND, 600n * SECOND] as const, changes);
const hashOf = (value: number): Uint8Array => new Uint8Array(32).fill(value);

async function stored(...entries: readonly (readonly [FileState, number])[]): Promise<KnownHashes> {
  const first = await KnownHashes.load(cache, folder);
  for (const [state, value] of entries) first.note(state, hashOf(value), NOW);
  await first.store();
  return KnownHashes.load(cache, folder);
}

describe('the hashes of files', () => {
  it('are known the next time, in whatever order they were noted', async () => {
    const known = await stored([stateOf(30n), 3], [stateOf(2n ** 63n + 1n), 4], [stateOf(10n), 1], [stateOf(20n), 2]);
    const found = [10n, 20n, 30n, 2n ** 63n + 1n].map((inode) => known.find(stateOf(inode))?.[0]);
    expect(found).toEqual([1, 2, 3, 4]);
    expect(known.find(stateOf(15n))).toBeNull();
  });

  it('are forgotten where anything about the file is another', async () => {
    const known = await stored([stateOf(10n), 1]);
    for (const field of [1, 2, 3, 4] as const) expect(known.find(stateOf(10n, { [field]: 7n }))).toBeNull();
  });

  it('are told apart where files of several devices have one inode', async () => {
    const entries = [5n, 4n, 6n].map((device, index) => [stateOf(10n, { 1: device }), index] as const);
    const known = await stored(...entries, [stateOf(9n), 8], [stateOf(11n), 9]);
    for (const [state, value] of entries) expect(known.find(state)?.[0]).toBe(value);
    expect([3n, 7n].map((device) => known.find(stateOf(10n, { 1: device })))).toEqual([null, null]);
  });

  it('that are found stay known beside those that are new', async () => {
    await stored([stateOf(10n), 1], [stateOf(20n), 2]);
    const again = await KnownHashes.load(cache, folder);
    expect(again.find(stateOf(20n))?.[0]).toBe(2);
    again.note(stateOf(15n), hashOf(3), NOW);
    await again.store();
    const last = await KnownHashes.load(cache, folder);
    expect([10n, 15n, 20n].map((inode) => last.find(stateOf(inode))?.[0])).toEqual([undefined, 3, 2]);
  });

  it('stay known beside those that are new where not all were looked for', async () => {
    await stored([stateOf(10n), 1], [stateOf(20n), 2]);
    const again = await KnownHashes.load(cache, folder);
    again.note(stateOf(15n), hashOf(3), NOW);
    await again.storeMore();
    const last = await KnownHashes.load(cache, folder);
    expect([10n, 15n, 20n].map((inode) => last.find(stateOf(inode))?.[0])).toEqual([1, 3, 2]);
  });

  it('are not kept of a file that was changed a moment before, or will have been', async () => {
    for (const field of [3, 4] as const) {
      for (const when of [NOW - 2n * SECOND, NOW + SECOND]) {
        const known = await stored([stateOf(10n, { [field]: when }), 1]);
        expect(known.find(stateOf(10n, { [field]: when }))).toBeNull();
      }
    }
  });

  it('are those of this folder alone, and of files that are still there', async () => {
    await stored([stateOf(10n), 1], [stateOf(20n), 2]);
    const other = mkdtempSync(join(base, 'other-'));
    expect((await KnownHashes.load(cache, other)).find(stateOf(10n))).toBeNull();
    const again = await KnownHashes.load(cache, folder);
    expect(again.find(stateOf(20n))?.[0]).toBe(2);
    await again.store();
    const last = await KnownHashes.load(cache, folder);
    expect([last.find(stateOf(10n)), last.find(stateOf(20n))?.[0]]).toEqual([null, 2]);
  });

  it('are looked for anew where what was kept is spoilt, or cannot be kept', async () => {
    await stored([stateOf(10n), 1]);
    const [file] = readdirSync(join(cache, 'datasets'));
    for (const text of ['', 'GSKH0001half a record', 'something else']) {
      writeFileSync(join(cache, 'datasets', file!), text);
      expect((await KnownHashes.load(cache, folder)).find(stateOf(10n))).toBeNull();
    }
    writeFileSync(join(base, 'no folder'), '');
    const nowhere = await KnownHashes.load(join(base, 'no folder'), folder);
    nowhere.note(stateOf(10n), hashOf(1), NOW);
    await nowhere.store();
    expect((await KnownHashes.load(cache, join(base, 'gone'))).find(stateOf(10n))).toBeNull();
  });

  it('go by what the system says of a file', async () => {
    const file = join(folder, 'a.png');
    writeFileSync(file, 'one');
    const known = await KnownHashes.load(cache, folder);
    const before = await known.stateOf(file);
    writeFileSync(file, 'three');
    const after = await known.stateOf(file);
    expect([before?.[2], after?.[2]]).toEqual([3n, 5n]);
    expect(await known.stateOf(join(folder, 'b.png'))).toBeNull();
  });
});
