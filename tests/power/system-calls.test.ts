import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/coordinator/progress/events.ts';
import { type Finished, readSummary, type Running, run, start, temporaryFolder } from '../e2e/gradsocket.ts';
import { checkLedger, jobOf, undisturbed } from '../fault/drill.ts';
import { isEvent } from '../fault/events.ts';
import { leftOut } from '../left-out.ts';
import { lacksTools } from './disks.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** 24 steps, with six checkpoints. */
const JOB = jobOf(4);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder, JOB);
});

function coordinator(runDir: string, through: readonly string[] = []): Running {
  const args = ['coordinator', '--run-dir', runDir, '--json', '--listen', '127.0.0.1:0', '--workers', '1', ...JOB];
  // All calls to the disk come from one thread, which is what they are counted by.
  return start(args, { UV_THREADPOOL_SIZE: '1' }, through);
}

async function worker(of: Running): Promise<Running> {
  const { url } = JSON.parse(await of.line(isEvent('listening'))) as { readonly url: string };
  return start(['worker', '--coordinator', url, '--name', 'w0', '--wait', '30']);
}

function events({ stdout }: Finished): readonly RunEvent[] {
  return stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as RunEvent] : []));
}

/** Whatever became of the run, it is whole, or is gone on with to what it would have come to, behind what was told of. */
async function comesOut(runDir: string, ended: Finished): Promise<void> {
  expect(ended.stderr).not.toMatch(/\n\s+at /);
  const told = Math.max(0, ...events(ended).flatMap((event) => (event.type === 'checkpoint' ? [event.step] : [])));
  if (ended.code !== 0) {
    // Where there is nothing yet to go on with, it begins.
    const resumed = await run(['launch', '--resume', 'auto', '--run-dir', runDir, '--workers', '1', '--json', ...JOB]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).not.toContain('damaged');
    const from = events(resumed).find((event) => event.type === 'resumed');
    if (told > 0) expect(from?.step).toBeGreaterThanOrEqual(told);
  }
  expect(readSummary(runDir).weightsDigest).toBe(digest);
  checkLedger(runDir, 24);
  const left = readdirSync(runDir, { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => /\.tmp|run\.lock/.test(name))).toEqual([]);
}

const noStrace = lacksTools(['strace']);

describe.skipIf(noStrace !== null)(`a coordinator whose system calls fail${leftOut(noStrace)}`, () => {
  /** A run whose coordinator is done this to, and what it ended with. */
  async function struck(name: string, inject: string, more: readonly string[] = []): Promise<[string, Finished]> {
    const runDir = join(folder, name);
    // Its file is there: what a path stands for is looked up when tracing begins.
    const calls = inject.slice(0, inject.indexOf(':'));
    const through = [
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      `trace=${calls}`,
      '-e',
      `inject=${inject}`,
      ...more,
    ];
    const traced = coordinator(runDir, through);
    const helper = await worker(traced).catch(() => null);
    const ended = await traced.finished;
    helper?.child.kill('SIGKILL');
    await helper?.finished;
    return [runDir, ended];
  }

  it.each([1, 2, 4, 7, 12, 20])('a disk that says EIO to sync number %i: it goes on, or ends with 74', async (n) => {
    const [runDir, ended] = await struck(`sync-${n}`, `fdatasync,fsync:error=EIO:when=${n}`);
    expect([0, 74], ended.stderr).toContain(ended.code);
    await comesOut(runDir, ended);
  });

  it.each([1, 2, 3, 5, 8])('it is killed at rename number %i', async (n) => {
    const inject = `rename,renameat,renameat2:signal=SIGKILL:when=${n}`;
    const [runDir, ended] = await struck(`rename-${n}`, inject);
    expect(ended.code).not.toBe(0);
    await comesOut(runDir, ended);
  });

  it.each(['ledger.jsonl', 'metrics.jsonl'])(
    'a disk that says ENOSPC to some writes of %s: it waits for room, and says so',
    async (file) => {
      const path = join(folder, `full-${file}`, file);
      const [runDir, ended] = await struck(`full-${file}`, 'write:error=ENOSPC:when=3..4', ['-P', path]);
      expect(ended.code, ended.stderr).toBe(0);
      const warnings = events(ended).flatMap((event) => (event.type === 'warning' ? [event.message] : []));
      expect(warnings.filter((message) => message.includes('No space is left'))).toHaveLength(1);
      await comesOut(runDir, ended);
    },
  );

  it('a disk that says EIO to a write of the ledger: it ends with 74 and names the file', async () => {
    const path = join(folder, 'broken', 'ledger.jsonl');
    const [runDir, ended] = await struck('broken', 'write:error=EIO:when=3+', ['-P', path]);
    expect(ended.code).toBe(74);
    expect(ended.stderr).toContain('ledger.jsonl');
    await comesOut(runDir, ended);
  });
});

const noMount = lacksTools(['mount', 'umount']);

describe.skipIf(noMount !== null)(`a small disk${leftOut(noMount)}`, () => {
  const disk = join(folder, 'disk');
  const runDir = join(disk, 'run');
  const mount = (...options: string[]): void => void execFileSync('mount', [...options, disk], { stdio: 'pipe' });
  const filler = join(disk, 'filler');

  beforeEach(() => {
    mkdirSync(disk, { recursive: true });
    mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs');
  });
  afterEach(() => {
    execFileSync('umount', ['-l', disk], { stdio: 'pipe' });
  });

  /** Not a byte is left. */
  function fill(): void {
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  }

  it('that is full while it trains: it warns, and goes on once there is room', async () => {
    const lead = coordinator(runDir);
    const helper = await worker(lead);
    await lead.line(isEvent('checkpoint'));
    fill();
    await lead.line((line) => isEvent('warning')(line) && line.includes('No space is left'));
    rmSync(filler);
    const ended = await lead.finished;
    expect(ended.code, ended.stderr).toBe(0);
    await comesOut(runDir, ended);
    expect((await helper.finished).code).toBe(0);
  });

  it('that is full and stays so: it ends with 74 after a minute, and is gone on with when there is room', async () => {
    const lead = coordinator(runDir);
    const helper = await worker(lead);
    await lead.line(isEvent('checkpoint'));
    fill();
    const ended = await lead.finished;
    expect(ended.code, ended.stderr).toBe(74);
    expect(ended.stderr).toContain('No space is left');
    expect((await helper.finished).code).toBe(74);
    rmSync(filler);
    await comesOut(runDir, ended);
  });

  it('that is read-only when a run is to be gone on with: 74 and a sentence; then it is written to again', async () => {
    const lead = coordinator(runDir);
    const helper = await worker(lead);
    await lead.line(isEvent('checkpoint'));
    lead.child.kill('SIGINT');
    const ended = await lead.finished;
    expect(ended.code).toBe(130);
    await helper.finished;
    mount('-o', 'remount,ro');
    const refused = await run(['launch', '--resume', '--run-dir', runDir, '--workers', '1', '--quiet']);
    expect(refused.code, refused.stderr).toBe(74);
    expect(refused.stderr).toMatch(/read-only|EROFS/i);
    expect(refused.stderr).not.toMatch(/\n\s+at /);
    mount('-o', 'remount,rw');
    await comesOut(runDir, ended);
  });
});

const noExt4 =
  lacksTools(['mount', 'umount', 'mkfs.ext4']) ?? (existsSync('/dev/loop-control') ? null : 'it needs loop devices');

describe.skipIf(noExt4 !== null)(`a disk that gives up${leftOut(noExt4)}`, () => {
  const [image, disk] = [join(folder, 'image'), join(folder, 'ext4')];
  const tool = (name: string, ...options: readonly string[]): void =>
    void execFileSync(name, options, { stdio: 'pipe' });

  beforeEach(() => {
    mkdirSync(disk, { recursive: true });
    writeFileSync(image, '');
    truncateSync(image, 32 * 2 ** 20);
    tool('mkfs.ext4', '-q', '-F', image);
    tool('mount', '-o', 'loop,errors=remount-ro', image, disk);
  });
  afterEach(() => {
    tool('umount', '-l', disk);
  });

  it('and is read-only from one moment to the next: 74 and a sentence, and what was told of is gone on with later', async () => {
    const runDir = join(disk, 'run');
    const lead = coordinator(runDir);
    const helper = await worker(lead);
    await lead.line(isEvent('checkpoint'));
    // As after an error in what is on the disk.
    tool('mount', '-o', 'remount,abort', disk);
    const ended = await lead.finished;
    expect(ended.code, ended.stderr).toBe(74);
    expect(ended.stderr).toMatch(/read-only|EROFS/i);
    expect((await helper.finished).code).toBe(74);
    tool('umount', disk);
    tool('mount', '-o', 'loop', image, disk);
    await comesOut(runDir, ended);
  });
});
