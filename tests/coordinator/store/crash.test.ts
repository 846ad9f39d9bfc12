import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../shared/seeded-random.ts';
import { VirtualDisk } from '../../shared/virtual-disk.ts';
import { GradsocketError } from '../../../src/shared/errors.ts';
import { temporaryOf } from '../../../src/shared/checkpoint/atomic-file.ts';
import { totalSteps } from '../../../src/shared/plan/schedule.ts';
import { nothingTold, PLAN, StoredRun, type Told } from './stored-run.ts';

const STEPS = totalSteps(PLAN);

function lines(disk: VirtualDisk, name: string): readonly Record<string, unknown>[] {
  const text = String(disk.contentOf(`/runs/a/${name}`));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const stepsIn = (all: readonly Record<string, unknown>[]): readonly unknown[] =>
  all.filter(({ type }) => type === 'step').map(({ step }) => step);

async function leftOver(disk: VirtualDisk): Promise<readonly string[]> {
  const names = [...(await disk.list('/runs/a')), ...(await disk.list('/runs/a/checkpoints'))];
  return names.filter((name) => temporaryOf(name) !== null);
}

/** From the beginning, or from what is there, to the end; null: the process died on the way. */
async function lead(disk: VirtualDisk, told: Told): Promise<StoredRun | null> {
  const whole = (async () => {
    const run = await StoredRun.open(disk, told);
    await run.announce();
    await run.train();
    await run.end();
    return run;
  })();
  return Promise.race([whole, disk.death.then(() => null)]);
}

/** After a crash: nothing is lost that anybody was told is kept, and the run comes to its end. */
async function resume(disk: VirtualDisk, told: Told, what: string, keyKept = true): Promise<void> {
  const before = structuredClone(told);
  const run = await StoredRun.open(disk, told);
  const { archive } = run;
  const { steps, evaluated, saved } = archive.recorded;
  expect(steps, what).toBeGreaterThanOrEqual(before.recorded.steps);
  expect(evaluated, what).toBeGreaterThanOrEqual(before.recorded.evaluated);
  expect(saved, what).toBeGreaterThanOrEqual(before.recorded.saved);
  expect(steps, what).toBeGreaterThanOrEqual(saved);
  expect(run.damaged, what).toEqual([]);
  expect(await leftOver(disk), what).toEqual([]);
  const last = Math.max(0, ...before.generations);
  const { generation, lastGeneration } = archive.ledger;
  expect(lastGeneration, what).toBeGreaterThanOrEqual(last);
  // Whoever was told of it can go on with it, whether there was room for its key or not.
  if (last > 0 && lastGeneration === last) {
    expect(generation, what).toMatchObject({ number: last, members: [{ workerId: 'w1' }] });
    if (keyKept) expect(generation, what).toMatchObject({ key: `key ${last}` });
  }
  await run.announce();
  expect(new Set(told.generations).size, what).toBe(told.generations.length);
  await run.train();
  await run.end();
  expect(run.errors, what).toEqual([]);
  expect(told.recorded, what).toEqual({ steps: STEPS, evaluated: STEPS, saved: STEPS });
  complete(disk, what);
}

function complete(disk: VirtualDisk, what = ''): void {
  const every = Array.from({ length: STEPS }, (_, step) => step);
  const ledger = lines(disk, 'ledger.jsonl');
  expect(stepsIn(ledger), what).toEqual(every);
  expect(
    ledger.filter(({ type }) => type === 'epoch').map(({ epoch }) => epoch),
    what,
  ).toEqual([0, 1, 2]);
  const metrics = lines(disk, 'metrics.jsonl');
  expect(stepsIn(metrics), what).toEqual(every.map((step) => step + 1));
  expect(
    metrics.filter(({ type }) => type === 'evaluation').map(({ step }) => step),
    what,
  ).toEqual([3, 6, 9]);
}

async function callsOfAWholeRun(): Promise<VirtualDisk['calls']> {
  const disk = new VirtualDisk();
  await lead(disk, nothingTold());
  complete(disk);
  return disk.calls;
}

describe('a run that is led by one process after the other', () => {
  it('loses nothing that anybody was told is kept, whichever call to the disk a process or the power fails in', async () => {
    const calls = await callsOfAWholeRun();
    expect(calls.length).toBeGreaterThan(80);
    for (const [number, call] of calls.entries()) {
      const disk = new VirtualDisk({ random: randomFrom(number) });
      disk.fault = (_, n) => (n === number ? 'kill' : null);
      const told = nothingTold();
      expect(await lead(disk, told)).toBeNull();
      // Before the next process writes on: what was not synced may have come to the disk, or a part of it, or nothing.
      const cut = disk.afterPowerCut();
      await resume(disk.afterKill(), structuredClone(told), `killed in call ${number}: ${call.name} ${call.path}`);
      await resume(cut, told, `power cut in call ${number}: ${call.name} ${call.path}`);
    }
  });

  it('loses nothing of it over many power failures, one soon after the other', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const random = randomFrom(seed);
      let disk = new VirtualDisk({ random });
      const told = nothingTold();
      for (let crash = 0; crash < 6; crash++) {
        const number = Math.floor(random() * 90);
        disk.fault = (_, n) => (n === number ? 'kill' : null);
        if ((await lead(disk, told)) !== null) break;
        disk = random() < 0.7 ? disk.afterPowerCut() : disk.afterKill();
      }
      disk = disk.afterPowerCut();
      await resume(disk, told, `seed ${seed}`);
    }
  });
});

const CODES = ['EIO', 'ENOSPC'];

describe('a disk that fails', () => {
  it.each(CODES)(
    'once, with %s, in whichever call: the run goes on, or ends with a sentence, and nothing is lost',
    async (code) => {
      const calls = await callsOfAWholeRun();
      for (const [number, call] of calls.entries()) {
        const what = `${code} in call ${number}: ${call.name} ${call.path}`;
        const disk = new VirtualDisk();
        disk.fault = (_, n) => (n === number ? { code } : null);
        const told = nothingTold();
        const run = await lead(disk, told).catch((error: unknown) => {
          expect(error, what).toMatchObject({ exitCode: 74 });
          return null;
        });
        if (run !== null) {
          const ends = /ledger|metrics/.test(call.path) && !(call.name === 'append' && code === 'ENOSPC');
          expect(run.errors.length > 0, what).toBe(ends);
          for (const error of run.errors) expect(error, what).toMatchObject({ exitCode: 74 });
          if (!ends) complete(disk, what);
          if (/step-/.test(call.path) && call.name !== 'remove') {
            expect(told.recorded, what).toEqual({ steps: STEPS, evaluated: STEPS, saved: STEPS });
            expect(
              run.events.some(({ type }) => type === 'warning'),
              what,
            ).toBe(true);
          }
        }
        await resume(disk.afterPowerCut(), told, what, !/generation.key/.test(call.path) && call.name !== 'syncFolder');
      }
    },
  );

  it.each(CODES)('from some call on, with %s: what was kept until then stays', async (code) => {
    const calls = await callsOfAWholeRun();
    for (let number = 0; number < calls.length; number += 7) {
      const disk = new VirtualDisk();
      disk.fault = (_, n) => (n >= number ? { code } : null);
      const told = nothingTold();
      const run = await lead(disk, told).catch((error: unknown) => {
        if (!(error instanceof GradsocketError)) throw error;
        return null;
      });
      for (const error of run?.errors ?? []) expect(error).toMatchObject({ exitCode: 74 });
      await resume(disk.afterPowerCut(), told, `${code} from call ${number}`, false);
    }
  });
});
