import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type KeptGeneration, Ledger } from '../../../src/coordinator/store/ledger.ts';
import { type Disk, nodeDisk } from '../../../src/shared/disk.ts';
import { positionOf } from '../../../src/shared/plan/schedule.ts';
import { PLAN } from './plan.ts';

const HEAD = { dataset: 'x', datasetDigest: 'a'.repeat(64), seed: 1, samples: 10, batch: 4, microbatches: 2 };

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-ledger-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'ledger.jsonl');
}

interface Opening {
  readonly disk?: Disk;
  /** The file as it is, with all behind the checkpoint. */
  readonly whole?: boolean;
  /** Of how many steps there are metrics, where there are fewer. */
  readonly most?: number;
  readonly onMended?: (sentence: string) => void;
}

/** Opened to go on from a checkpoint of `steps` steps, that nobody holds more than. */
async function open(path: string, steps: number, opening: Opening = {}): Promise<Ledger> {
  const { disk = nodeDisk, whole = false, most = Number.POSITIVE_INFINITY, onMended = () => {} } = opening;
  const file = {
    disk,
    record: true,
    onError: (error: Error) => {
      throw error;
    },
  };
  const ledger = await Ledger.open({
    path,
    keyFile: `${path}.key`,
    head: HEAD,
    plan: PLAN,
    steps,
    most,
    file,
    onMended,
  });
  onTestFinished(() => ledger.close());
  if (!whole) await ledger.rewind(steps);
  return ledger;
}

function generation(number: number, firstStep: number): KeptGeneration {
  const members = [{ workerId: `w${number}`, name: 'a', address: '10.0.0.7:4000' }];
  const microbatches = [{ start: 0, end: 2 }];
  return { number, key: `key ${number}`, firstStep, topology: 'mesh', members, microbatches };
}

function record(ledger: Ledger, number: number, step: number): void {
  const { epoch, start, end } = positionOf(PLAN, step);
  ledger.record(number, { step, epoch, start, end, samples: end - start }, { a: [0, 2] });
}

async function write(path: string, from: number, to: number, number = 1): Promise<void> {
  const ledger = await open(path, from);
  if (ledger.lastGeneration < number) await ledger.begin(generation(number, from));
  for (let step = from; step < to; step++) record(ledger, number, step);
  await ledger.sync();
  await ledger.close();
}

async function stepsIn(path: string): Promise<readonly number[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.flatMap((line) => {
    const { type, step } = JSON.parse(line) as { type: string; step: number };
    return type === 'step' ? [step] : [];
  });
}

describe('the ledger', () => {
  it('is cut back to the checkpoint that a run goes on from, so that no step is counted twice', async () => {
    const path = await scratch();
    await write(path, 0, 8);
    const ledger = await open(path, 5);
    expect([ledger.steps, ledger.lastGeneration, ledger.firstStep]).toEqual([5, 1, 0]);
    await ledger.close();
    await write(path, 5, 9, 2);
    expect(await stepsIn(path)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const text = await readFile(path, 'utf8');
    expect(text.match(/"type":"epoch"/g)).toHaveLength(3);
  });

  it('of thousands of workers it says once who computes what, and goes on from there', async () => {
    const path = await scratch();
    const names = Array.from({ length: 5_000 }, (_, n) => `w${n}`);
    const members = names.map((name) => ({ workerId: name, name, address: null }));
    const microbatches = names.map((_, n) => ({ start: n, end: n + 1 }));
    const ledger = await open(path, 0);
    await ledger.begin({ ...generation(1, 0), members, microbatches });
    await ledger.sync();
    const before = (await readFile(path)).length;
    const dealt = Object.fromEntries(names.map((name, n) => [name, [n, n + 1] as const]));
    for (let step = 0; step < 3; step++) {
      const { epoch, start, end } = positionOf(PLAN, step);
      ledger.record(1, { step, epoch, start, end, samples: end - start }, dealt);
    }
    await ledger.close();
    expect((await readFile(path)).length - before).toBeLessThan(3 * 200);
    const again = await open(path, 3);
    expect([again.steps, again.lastGeneration]).toEqual([3, 1]);
  });

  it('records what is different from a checkpoint on, and forgets a change that no step was trained with', async () => {
    const path = await scratch();
    await write(path, 0, 5);
    const change = { step: 5, from: { lr: 0.1 }, to: { lr: 0.01 } };
    const reopen = async (steps: number, next: typeof change | null = null) => {
      const ledger = await open(path, steps);
      if (next !== null) ledger.change(next);
      await ledger.close();
      return [ledger.steps, ledger.changes];
    };
    expect(await reopen(5, change)).toEqual([5, [change]]);
    expect(await Ledger.changesIn(path)).toEqual([change]);
    await write(path, 5, 6);
    expect(await Ledger.changesIn(path)).toEqual([]);
    expect(await reopen(5, change)).toEqual([5, [change]]);
    const ledger = await open(path, 5);
    ledger.change(change);
    record(ledger, 2, 5);
    await ledger.close();
    expect(await reopen(6)).toEqual([6, [change]]);
    expect(await reopen(4)).toEqual([4, []]);
  });

  it('never gives the number of a generation twice, whatever became of its steps', async () => {
    const path = await scratch();
    const begun: number[] = [];
    // Each goes on from step 3; some die before a step, some after one, and some leave nothing but their opening.
    for (const steps of [4, 2, 0, null, 1, null, 0, 3]) {
      const from = begun.length > 0 ? 3 : 0;
      const ledger = await open(path, from);
      const next = ledger.lastGeneration + 1;
      if (steps !== null) {
        await ledger.begin(generation(next, from));
        begun.push(next);
        for (let step = from; step < 3 + steps; step++) record(ledger, next, step);
      }
      await ledger.close();
    }
    expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await stepsIn(path)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('keeps the number of a generation whose every line is cut off', async () => {
    const path = await scratch();
    await write(path, 0, 8);
    await write(path, 7, 8, 2);
    // The checkpoint of step 7 is damaged, and the next start dies before it comes to anything.
    for (const _ of ['dies', 'lives']) {
      const ledger = await open(path, 3);
      expect([ledger.steps, ledger.lastGeneration]).toEqual([3, 2]);
      await ledger.close();
    }
  });

  it('keeps the number of a generation that is cut off as it is opened, for want of metrics', async () => {
    const path = await scratch();
    await write(path, 0, 8);
    await write(path, 7, 8, 2);
    for (const _ of ['dies', 'lives']) {
      const ledger = await open(path, 3, { whole: true, most: 5 });
      expect([ledger.steps, ledger.lastGeneration]).toEqual([5, 2]);
      await expect(ledger.begin(generation(2, 5))).rejects.toThrow('generation 2 cannot follow generation 2');
      await ledger.close();
    }
  });

  it('refuses a generation that is not newer than all before', async () => {
    const path = await scratch();
    await write(path, 0, 4, 7);
    const ledger = await open(path, 4);
    expect(ledger.lastGeneration).toBe(7);
    await expect(ledger.begin(generation(7, 4))).rejects.toThrow('generation 7 cannot follow generation 7');
    await ledger.begin(generation(8, 4));
    expect(ledger.lastGeneration).toBe(8);
    await ledger.close();
  });

  it('loses only the line that a crash has left half written', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    await appendFile(path, '{"type":"step","gener');
    await write(path, 4, 6);
    expect(await stepsIn(path)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('loses no line that only lacks its end, as some editors save it', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    await writeFile(path, (await readFile(path, 'utf8')).trimEnd());
    const mended: string[] = [];
    const ledger = await open(path, 4, { onMended: (sentence) => mended.push(sentence) });
    record(ledger, 1, 4);
    await ledger.close();
    expect(mended).toEqual([]);
    expect(await stepsIn(path)).toEqual([0, 1, 2, 3, 4]);
  });

  it('is set aside where it does not reach the checkpoint, or lacks a step before it; one that begins there takes its place', async () => {
    for (const [steps, sentence, damage] of [
      [6, /ends after 4 steps, but the checkpoint contains 6/, (lines: readonly string[]) => lines],
      [4, /step 1 is missing before step 2/, (lines: readonly string[]) => lines.toSpliced(3, 1)],
      [4, /step 1 would be counted twice/, (lines: readonly string[]) => lines.toSpliced(4, 0, lines[3]!)],
    ] as const) {
      const path = await scratch();
      await write(path, 0, 4, 7);
      const { id } = JSON.parse((await readFile(path, 'utf8')).split('\n')[0]!) as { id: string };
      const damaged = damage((await readFile(path, 'utf8')).split('\n')).join('\n');
      await writeFile(path, damaged);
      const mended: string[] = [];
      const ledger = await open(path, steps, { onMended: (told) => mended.push(told) });
      expect([ledger.id, ledger.firstStep, ledger.steps, ledger.lastGeneration]).toEqual([id, steps, steps, 7]);
      record(ledger, 8, steps);
      await ledger.sync();
      await ledger.close();
      expect(mended).toEqual([expect.stringMatching(sentence)]);
      expect(mended[0]).toContain('ledger.damaged-1.jsonl');
      expect(await readFile(path.replace('.jsonl', '.damaged-1.jsonl'), 'utf8')).toBe(damaged);
      expect(await stepsIn(path)).toEqual([steps]);
      // It is whole now, and is not set aside again.
      await (await open(path, steps, { whole: true, onMended: (told) => mended.push(told) })).close();
      expect(mended).toHaveLength(1);
    }
  });

  it('keeps the changes of course of a ledger that is set aside, and never the same name for two', async () => {
    const path = await scratch();
    await write(path, 0, 2);
    const first = await open(path, 2);
    first.change({ step: 2, from: { lr: 0.1 }, to: { lr: 0.01 } });
    record(first, 1, 2);
    record(first, 1, 3);
    await first.sync();
    await first.close();
    const again = await open(path, 6);
    expect(again.changes).toEqual([{ step: 2, from: { lr: 0.1 }, to: { lr: 0.01 } }]);
    await again.close();
    await (await open(path, 9)).close();
    const names = await readdir(dirname(path));
    expect(names.filter((name) => name.includes('damaged')).toSorted()).toEqual([
      'ledger.damaged-1.jsonl',
      'ledger.damaged-2.jsonl',
    ]);
  });

  it('is refused where its first line does not say of which run it is', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    await writeFile(path, (await readFile(path, 'utf8')).split('\n').slice(1).join('\n'));
    const before = await readFile(path);
    await expect(open(path, 4)).rejects.toMatchObject({ code: 'LEDGER_UNUSABLE', exitCode: 65 });
    expect(await readFile(path)).toEqual(before);
  });

  it.each([
    ['a mark before it', (text: string) => `\ufeff${text}`],
    ['other ends of lines', (text: string) => text.replaceAll('\n', '\r\n')],
    ['both', (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}`],
  ])('is continued where an editor saved it with %s', async (_, saved) => {
    const path = await scratch();
    await write(path, 0, 4);
    const { id } = await open(path, 4);
    const text = saved(await readFile(path, 'utf8'));
    await writeFile(path, text);
    await Ledger.check(path);
    expect(await Ledger.datasetDigest(path)).toBe(HEAD.datasetDigest);
    const ledger = await open(path, 4);
    expect([ledger.id, ledger.steps]).toEqual([id, 4]);
    record(ledger, 2, 4);
    await ledger.sync();
    expect((await readFile(path, 'utf8')).startsWith(text)).toBe(true);
    await ledger.close();
    expect((await open(path, 5)).steps).toBe(5);
  });

  it('refuses another dataset before it changes anything', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    const before = await readFile(path);
    await expect(Ledger.refuseOther(path, { digest: 'b'.repeat(64) })).rejects.toMatchObject({
      code: 'DATASET_CHANGED',
    });
    await Ledger.refuseOther(path, { digest: HEAD.datasetDigest });
    expect(await readFile(path)).toEqual(before);
  });

  it('begins again where it was deleted, and says from which step on it knows', async () => {
    const path = await scratch();
    const ledger = await open(path, 5);
    expect([ledger.steps, ledger.firstStep]).toEqual([5, 5]);
    await ledger.close();
  });

  it('refuses a step out of order and does not write it', async () => {
    const path = await scratch();
    const ledger = await open(path, 0);
    expect(() => ledger.record(1, { step: 1, epoch: 0, start: 4, end: 8, samples: 4 }, {})).toThrow(
      /step 0 is missing/,
    );
    await ledger.close();
    expect(await stepsIn(path)).toEqual([]);
  });

  it('names the run as its first line does, and a run of before by the bytes of that line', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    const { id } = await open(path, 4);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const [first, ...rest] = (await readFile(path, 'utf8')).split('\n');
    const { id: _, ...old } = JSON.parse(first!) as Record<string, unknown>;
    await writeFile(path, [JSON.stringify(old), ...rest].join('\n'));
    const again = await open(path, 4);
    expect(again.id).toBe(createHash('sha256').update(JSON.stringify(old)).digest('hex'));
    expect((await open(path, 2)).id).toBe(again.id);
  });

  it('reads what was written of a generation before its members were, and knows only its number', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text.replace(/\{"type":"generation".*\n/, '{"type":"generation","generation":6,"steps":0}\n'),
    );
    const ledger = await open(path, 4, { whole: true });
    expect([ledger.lastGeneration, ledger.generation]).toEqual([6, null]);
  });

  it('knows a generation with all that lets its members in, until its steps are taken back', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    const first = await open(path, 4, { whole: true });
    await first.begin(generation(2, 4));
    record(first, 2, 4);
    await first.sync();
    await first.close();
    const ledger = await open(path, 2, { whole: true });
    expect([ledger.steps, ledger.generation]).toEqual([5, generation(2, 4)]);
    await ledger.rewind(2);
    expect([ledger.steps, ledger.lastGeneration, ledger.generation]).toEqual([2, 2, null]);
  });

  it('has generations in their order, and the key of each that a crash may leave as the newest, where one is begun before the last is on record', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    let written = 0;
    const disk: Disk = {
      ...nodeDisk,
      // The first takes longer than the next one would.
      rename: async (from, to) => {
        if (written++ === 0) for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
        await nodeDisk.rename(from, to);
      },
    };
    const ledger = await open(path, 4, { disk, whole: true });
    await Promise.all([ledger.begin(generation(2, 4)), ledger.begin(generation(3, 4)), ledger.begin(generation(4, 4))]);
    const keysThen = await readFile(`${path}.key`);
    await ledger.sync();
    // Where the lines of the last ones are lost.
    for (const newest of [1, 2, 3, 4]) {
      const kept = (await readFile(path, 'utf8'))
        .split('\n')
        .filter((line) => !(Number(/generation":(\d)/.exec(line)?.[1]) > newest));
      const copy = `${path}.${newest}`;
      await writeFile(copy, kept.join('\n'));
      await writeFile(`${copy}.key`, keysThen);
      expect((await open(copy, 4, { whole: true })).generation).toMatchObject({ number: newest, key: `key ${newest}` });
    }
    await ledger.begin(generation(5, 4));
    const keys = JSON.parse(await readFile(`${path}.key`, 'utf8')) as { generation: number }[];
    expect(keys.map(({ generation: number }) => number)).toEqual([5, 4]);
  });

  it('has a generation also where its key could not be written, so that nobody else gets its number and its members are led on', async () => {
    const path = await scratch();
    await write(path, 0, 4);
    const rename = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    const ledger = await open(path, 4, { disk: { ...nodeDisk, rename }, whole: true });
    await expect(ledger.begin(generation(2, 4))).rejects.toThrow(/space/);
    await ledger.sync();
    await ledger.close();
    const again = await open(path, 4, { whole: true });
    expect([again.lastGeneration, again.generation]).toEqual([2, { ...generation(2, 4), key: '' }]);
  });

  it('makes up for the line of an epoch that a crash tore off behind its last step', async () => {
    const path = await scratch();
    await write(path, 0, 3);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, text.indexOf('{"type":"epoch"') + 4));
    await (await open(path, 2, { whole: true })).close();
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('leaves out, behind the checkpoint, what does not follow', async () => {
    const path = await scratch();
    await write(path, 0, 8);
    const lines = (await readFile(path, 'utf8')).split('\n');
    const damaged = lines.findIndex((line) => line.includes('"step":5'));
    await writeFile(path, lines.with(damaged, lines[damaged]!.replace('"start":8', '\0\0\0')).join('\n'));
    expect((await open(path, 4, { whole: true })).steps).toBe(5);
    expect(await stepsIn(path)).toEqual([0, 1, 2, 3, 4]);
  });

  it('says which line is damaged before the checkpoint', async () => {
    const path = await scratch();
    await write(path, 0, 8);
    const lines = (await readFile(path, 'utf8')).split('\n');
    const damaged = lines.findIndex((line) => line.includes('"step":5'));
    await writeFile(path, lines.with(damaged, lines[damaged]!.replace('"start":8', '\0\0\0')).join('\n'));
    const mended: string[] = [];
    await open(path, 6, { onMended: (told) => mended.push(told) });
    expect(mended[0]).toContain(
      `it ends after 5 steps (line ${damaged + 1} is damaged), but the checkpoint contains 6`,
    );
  });
});
