import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import type { Disk } from '../../../src/shared/disk.ts';
import { totalSteps } from '../../../src/shared/plan/schedule.ts';
import { VirtualDisk } from '../../shared/virtual-disk.ts';
import { checkpointAfter } from '../simulated-worker.ts';
import { nothingTold, PLAN, StoredRun } from './stored-run.ts';

const STEPS = totalSteps(PLAN);
const LEDGER = '/runs/a/ledger.jsonl';

async function trained(disk: VirtualDisk): Promise<StoredRun> {
  const run = await StoredRun.open(disk, nothingTold());
  await run.announce();
  await slowly(run);
  await run.end();
  return run;
}

/** So that each checkpoint is written before the next one comes. */
async function slowly(run: StoredRun): Promise<void> {
  for (let step = 1; step <= STEPS; step++) {
    await run.train(step);
    await run.pass(500);
  }
}

function warningsOf({ events }: StoredRun): readonly string[] {
  return events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
}

/** The newest checkpoints are lost, so that the run has more on record than it can go on from. */
async function behindItsRecord(): Promise<VirtualDisk> {
  const disk = new VirtualDisk();
  await trained(disk);
  await disk.remove('/runs/a/checkpoints/step-00000009.safetensors');
  return disk.afterKill();
}

it('keeps, when it is opened, what is newer than the checkpoint, until it is told that nobody holds it', async () => {
  const disk = await behindItsRecord();
  const before = [disk.contentOf(LEDGER), disk.contentOf('/runs/a/metrics.jsonl')];
  const { archive, damaged } = await StoredRun.open(disk, nothingTold());
  expect([archive.checkpoints.savedStep, archive.ledger.steps, archive.history.lastStep?.step]).toEqual([8, 9, 9]);
  expect(archive.recorded).toEqual({ steps: STEPS, evaluated: 9, saved: 8 });
  expect(archive.ledger.generation).toMatchObject({ number: 1, key: 'key 1', firstStep: 0 });
  expect([disk.contentOf(LEDGER), disk.contentOf('/runs/a/metrics.jsonl')]).toEqual(before);
  await archive.rewind(8);
  expect([archive.ledger.steps, archive.history.lastStep?.step]).toEqual([8, 8]);
  expect(archive.history.evaluations.map(({ step }) => step)).toEqual([3, 6]);
  expect(archive.recorded).toEqual({ steps: 8, evaluated: 6, saved: 8 });
  expect(String(disk.contentOf(LEDGER)).match(/"type":"epoch"/g)).toHaveLength(2);
  expect(damaged).toEqual([]);
});

it('begins a run that lost its newest checkpoint with the one before, and names and sets aside a damaged one', async () => {
  const disk = new VirtualDisk();
  await trained(disk);
  const path = '/runs/a/checkpoints/step-00000009.safetensors';
  const { archive, events } = await StoredRun.open(disk.afterKill(), nothingTold());
  expect(await archive.beginning()).toMatchObject({ step: 9 });
  const next = disk.afterKill();
  next.put(path, Buffer.from(checkpointAfter(9)).fill(7, 300));
  const again = await StoredRun.open(next, nothingTold());
  expect(again.damaged).toEqual([9]);
  expect(await again.archive.beginning()).toMatchObject({ step: 8, bytes: Buffer.from(checkpointAfter(8)) });
  expect(warningsOf(again)).toEqual([expect.stringContaining('step-00000009.safetensors')]);
  expect(next.contentOf(`${path}.damaged`)).not.toBeNull();
  expect(events).toEqual([]);
});

it('keeps once more the checkpoints that come again after their like turned out to be damaged', async () => {
  const disk = new VirtualDisk();
  const run = await StoredRun.open(disk, nothingTold());
  await run.announce();
  await slowly(run);
  await run.archive.sync();
  disk.put('/runs/a/checkpoints/step-00000009.safetensors', 'damaged');
  expect(await run.archive.beginning()).toMatchObject({ step: 8 });
  await run.archive.rewind(8);
  expect(run.archive.recorded).toEqual({ steps: 8, evaluated: 6, saved: 8 });
  await run.announce();
  await run.train();
  await run.end();
  expect(run.archive.recorded).toEqual({ steps: STEPS, evaluated: STEPS, saved: STEPS });
  expect(await (await StoredRun.open(disk.afterKill(), nothingTold())).archive.beginning()).toMatchObject({ step: 9 });
});

it('keeps the key of a generation where only its owner reads it, and not in the ledger', async () => {
  const disk = new VirtualDisk();
  await trained(disk);
  expect(disk.modeOf('/runs/a/generation.key')).toBe(0o600);
  expect(String(disk.contentOf(LEDGER))).not.toContain('key 1');
});

/** A disk that does some things in another way. */
function changed(disk: VirtualDisk, other: Partial<Disk>): Disk {
  return {
    open: (path, options) => disk.open(path, options),
    read: (path) => disk.read(path),
    list: (folder) => disk.list(folder),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    makeFolder: (path) => disk.makeFolder(path),
    syncFolder: (path) => disk.syncFolder(path),
    free: () => disk.free(),
    ...other,
  };
}

it('goes on only once all that it goes on from is on the disk, and the names of new files', async () => {
  const disk = new VirtualDisk();
  for (const part of ['the first', 'the second']) {
    const before = disk.calls.length;
    const run = await StoredRun.open(disk, nothingTold());
    const calls = disk.calls.slice(before);
    for (const path of [LEDGER, '/runs/a/metrics.jsonl']) {
      expect(calls.findLast((call) => call.path === path)?.name, `${part}: ${path}`).toBe('sync');
    }
    const named = calls.findLastIndex(({ name, path }) => name === 'syncFolder' && path === '/runs/a');
    const opened = calls.findLastIndex(({ name, path }) => name === 'open' && dirname(path) === '/runs/a');
    expect(named, part).toBeGreaterThan(opened);
    await run.end();
  }
});

it('leaves no file open where it cannot be opened', async () => {
  const real = new VirtualDisk();
  const open = new Set<string>();
  const disk = changed(real, {
    open: async (path, options) => {
      const file = await real.open(path, options);
      open.add(path);
      return { ...file, close: () => file.close().then(() => void open.delete(path)) };
    },
  });
  // The last of all: the names of the files, once made.
  let folders = 0;
  real.fault = ({ name, path }) =>
    name === 'syncFolder' && path === '/runs/a' && ++folders === 2 ? { code: 'EIO' } : null;
  await expect(StoredRun.open(disk, nothingTold())).rejects.toMatchObject({ code: 'CANNOT_WRITE' });
  expect([...open]).toEqual([]);
});

it('lets nobody hear of a generation before its number is on the disk', async () => {
  const disk = new VirtualDisk();
  const run = await StoredRun.open(disk, nothingTold());
  for (const number of [1, 2]) {
    await run.announce();
    const ofLedger = disk.calls.filter(({ path }) => path === LEDGER).map(({ name }) => name);
    expect(ofLedger.at(-1)).toBe('sync');
    expect(ofLedger.filter((name) => name === 'append').length).toBeGreaterThanOrEqual(number);
    expect(String(disk.contentOf(LEDGER))).toContain(`"generation":${number}`);
  }
});

it('keeps no checkpoint before the job that led there is kept', async () => {
  const real = new VirtualDisk();
  let keep: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    keep = resolve;
  });
  const disk = changed(real, {
    rename: async (from, to) => {
      if (to.endsWith('job.yaml')) await gate;
      await real.rename(from, to);
    },
  });
  const told = nothingTold();
  const run = await StoredRun.open(disk, told);
  await run.announce();
  run.archive.begin();
  await slowly(run);
  await run.pass(2_000);
  expect(told.recorded).toMatchObject({ steps: STEPS, saved: 0 });
  expect(await real.list('/runs/a/checkpoints')).toEqual([]);
  keep();
  await run.end();
  expect(told.recorded.saved).toBe(STEPS);
});

it('says that more is on the disk only after it is, a second after the first line at the latest', async () => {
  const disk = new VirtualDisk();
  const told = nothingTold();
  const run = await StoredRun.open(disk, told);
  await run.announce();
  const syncs = (): number => disk.calls.filter(({ name, path }) => name === 'sync' && path === LEDGER).length;
  const before = syncs();
  await run.train(2);
  expect([told.recorded.steps, syncs()]).toEqual([0, before]);
  await run.pass(1_000);
  expect([told.recorded.steps, syncs()]).toEqual([2, before + 1]);
  await run.train(3);
  await run.archive.sync();
  expect(told.recorded).toMatchObject({ steps: 3, evaluated: 3 });
});

it('goes on without a checkpoint that a full disk has no room for, and says how much is needed', async () => {
  const bytes = checkpointAfter(9).length;
  // Room for the record alone.
  const disk = new VirtualDisk({ capacity: 1_000_000 + bytes });
  const run = await StoredRun.open(disk, nothingTold());
  await run.announce();
  await slowly(run);
  expect(warningsOf(run)[0]).toBe(
    `The checkpoint of step 2 was not kept: /runs/a has no room for its ${bytes} bytes. Free some. None is on the ` +
      'disk so far; each that follows is tried anew.',
  );
  expect(run.errors).toEqual([]);
  // Its end is another matter: what was trained would be lost.
  await run.end();
  expect(run.errors[0]).toMatchObject({ code: 'DISK_FULL', exitCode: 74 });
  expect(warningsOf(run).filter((sentence) => sentence.includes('goes on'))).toEqual([]);
  expect((await StoredRun.open(disk.afterPowerCut(), nothingTold())).archive.ledger.steps).toBe(STEPS);
});

it('writes at the end what a full disk had no room for in mid-run, once there is some', async () => {
  const disk = new VirtualDisk();
  let full = true;
  disk.fault = ({ name, path }) => (full && name === 'append' && /step-/.test(path) ? { code: 'ENOSPC' } : null);
  const told = nothingTold();
  const run = await StoredRun.open(disk, told);
  await run.announce();
  await run.train();
  await run.pass(2_000);
  expect(told.recorded.saved).toBe(0);
  full = false;
  await run.end();
  expect([run.errors, told.recorded.saved]).toEqual([[], STEPS]);
});

it('removes on a full disk, before a checkpoint, what it would remove after it: never the newest or the best', async () => {
  const disk = new VirtualDisk();
  const room = 3;
  disk.fault = ({ name, path }) => {
    if (name !== 'append' || !/step-/.test(path)) return null;
    const names = [2, 3, 4, 6, 8, 9].map((step) => `/runs/a/checkpoints/step-0000000${step}.safetensors`);
    return names.filter((other) => disk.contentOf(other) !== null).length >= room ? { code: 'ENOSPC' } : null;
  };
  const run = await trained(disk);
  expect(warningsOf(run)).toEqual([]);
  expect((await disk.list('/runs/a/checkpoints')).filter((name) => name.startsWith('step'))).toEqual([
    'step-00000008.safetensors',
    'step-00000009.safetensors',
  ]);
});

it('waits a minute for room for the record, with a warning, and then ends the run with all that could be kept', async () => {
  for (const seconds of [20, 90]) {
    const disk = new VirtualDisk();
    let full = false;
    disk.fault = ({ name, path }) => (full && name === 'append' && path === LEDGER ? { code: 'ENOSPC' } : null);
    const told = nothingTold();
    const run = await StoredRun.open(disk, told);
    await run.announce();
    await run.train(3);
    await run.archive.sync();
    full = true;
    await run.train(6);
    await run.pass(1_000 * seconds);
    expect(warningsOf(run)[0]).toBe(
      'No space is left in /runs/a for the record of the run. It waits a minute for some: free it, or the run ends.',
    );
    full = false;
    await run.pass(2_000);
    expect(run.errors.length > 0).toBe(seconds > 60);
    if (seconds > 60) expect(run.errors[0]).toMatchObject({ code: 'DISK_FULL', exitCode: 74 });
    expect(told.recorded.steps).toBe(seconds > 60 ? 3 : 6);
  }
});

it('goes on without its log and its event file where these cannot be written', async () => {
  const disk = new VirtualDisk();
  disk.fault = ({ name, path }) => (name === 'append' && /\.log|tfevents/.test(path) ? { code: 'EIO' } : null);
  const run = await trained(disk);
  expect(run.errors).toEqual([]);
  expect(warningsOf(run)).toContain(
    "/runs/a/logs/coordinator.log cannot be written (EIO: '/runs/a/logs/coordinator.log'): the run goes on without what belongs there.",
  );
});
