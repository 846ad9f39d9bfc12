import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { leftOut } from '../left-out.ts';
import { type Finished, MAIN, readSummary, start, temporaryFolder } from './gradsocket.ts';
import { allGone, childrenOf } from './processes.ts';

/** Where a process is given less than usual: it runs, or says the one thing that it needs. */

const { folder, remove } = temporaryFolder();
afterAll(remove);
// Others than its owner run in it, too.
chmodSync(folder, 0o777);

const shell = (script: string): readonly string[] => ['sh', '-c', `${script}; exec "$@"`, 'sh'];

/** A number alone: no name, no home, no groups. Takes root, and a checkout that everybody may read. */
const NOBODY = ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups', 'env', '-u', 'HOME'];
/** Nothing may be written but in the folder of the test, nothing executed from there. */
const READ_ONLY = [
  ...['unshare', '--map-root-user', '--mount'],
  ...shell(
    `mount --bind '${folder}' '${folder}' && mount -o remount,bind,noexec '${folder}' && mount -o remount,bind,ro / || exit 99`,
  ),
];

const works = ([command = '', ...args]: readonly string[], ...more: readonly string[]): boolean =>
  spawnSync(command, [...args, ...more]).status === 0;

const canBeNobody = works(NOBODY, 'test', '-r', MAIN);
const canBeReadOnly = works(READ_ONLY, 'sh', '-c', `! touch /gradsocket 2>/dev/null && touch '${folder}/x'`);

function launch(
  name: string,
  through: readonly string[],
  env: Readonly<Record<string, string>> = {},
  more: readonly string[] = ['--quiet'],
) {
  const runDir = path.join(folder, name);
  const job = ['--workers', '1', '--engine', 'wasm', '--threads', '1', '--steps', '2', '--batch', '16'];
  return { runDir, finished: start(['launch', '--run-dir', runDir, ...job, ...more], env, through).finished };
}

function expectSentence({ code, stderr }: Finished, expected: number, sentence: RegExp): void {
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(expected);
}

const elsewhere = process.platform === 'linux' ? null : 'it is about Linux';

describe.skipIf(elsewhere !== null)(`launch${leftOut(elsewhere)}`, () => {
  it('runs with a umask that lets nobody else read', async () => {
    const { runDir, finished } = launch('umask', shell('umask 077'));
    expect((await finished).code).toBe(0);
    expect(readSummary(runDir).status).toBe('done');
    expect(statSync(path.join(runDir, 'summary.json')).mode & 0o777).toBe(0o600);
  });

  it('names the limit where there is no address space for WebAssembly', async () => {
    const { finished } = launch('space', shell('ulimit -v 8000000'));
    expectSentence(await finished, 78, /^gradsocket: .*ulimit -v unlimited/);
  });

  it('says what is missing to a user without name and home, and runs once it has a folder', async ({ skip }) => {
    if (!canBeNobody) skip('takes root, and a checkout that everybody may read');
    expectSentence(
      await launch('homeless', NOBODY).finished,
      78,
      /^gradsocket: This user has no home folder.*GRADSOCKET_CACHE/,
    );
    const { runDir, finished } = launch('nobody', NOBODY, { GRADSOCKET_CACHE: path.join(folder, 'cache') });
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(path.join(runDir, 'summary.json')).uid).toBe(54321);
  });

  it('writes to its own folders alone, and executes nothing from there', async ({ skip }) => {
    if (!canBeReadOnly) skip('takes root, or namespaces of users');
    const env = { GRADSOCKET_CACHE: path.join(folder, 'noexec'), TMPDIR: '/' };
    expect(await launch('read-only', READ_ONLY, env).finished).toMatchObject({ code: 0, stderr: '' });
  });

  it('goes on where its log has no room, and says so at its end; a command whose output is lost fails', async () => {
    const full = ['sh', '-c', '"$@" >/dev/full', 'sh'];
    const { runDir, finished } = launch('full', full, {}, []);
    expectSentence(await finished, 0, /^warning: Not all .*ENOSPC/);
    expect(readSummary(runDir).status).toBe('done');
    expectSentence(await start(['manifest'], {}, full).finished, 74, /^gradsocket: Not all .*ENOSPC.*make room there/);
  });

  it('loses no worker whose log has no room: it ends as with one that has', () => {
    const worker = [
      path.join(path.dirname(MAIN), 'launched-worker.js'),
      '--coordinator',
      'ws://127.0.0.1:9',
      '--wait',
      '0',
    ];
    // It says that nobody answers, as its last words.
    const { status } = spawnSync('sh', ['-c', '"$@" >/dev/full 2>&1', 'sh', process.execPath, ...worker]);
    expect(status).toBe(75);
  });

  it('ends in order when its terminal goes away, and Node does not abort over it', async ({ skip }) => {
    if (!works(['script', '--version'])) skip('takes script(1), which makes a terminal');
    const [runDir, said] = [path.join(folder, 'hung-up'), path.join(folder, 'hung-up.txt')];
    const job = '--workers 1 --engine wasm --threads 1 --batch 16 --channels 4 --dense 8 --epochs 100000';
    const command = `exec '${process.execPath}' '${MAIN}' launch --run-dir '${runDir}' ${job} 2>'${said}'`;
    const terminal = spawn('script', ['--quiet', '--command', command, '/dev/null'], { stdio: 'ignore' });
    const metrics = path.join(runDir, 'metrics.jsonl');
    await expect
      .poll(() => existsSync(metrics) && readFileSync(metrics, 'utf8').includes('\n'), { timeout: 60_000 })
      .toBe(true);
    const launched = childrenOf(terminal.pid!);
    expect(launched).toHaveLength(1);
    terminal.kill('SIGKILL');
    expect(await allGone(launched, 60_000)).toBe(true);
    expect(readFileSync(said, 'utf8')).toBe('');
    expect(readSummary(runDir).status).toBe('interrupted');
  });

  it('loses nothing of what it prints where whoever reads takes it slowly, also where it fails at the end', () => {
    const slowly = (words: string): string =>
      // Until the reader begins, a pipe has room for 64 KiB.
      spawnSync('sh', ['-c', `'${process.execPath}' '${MAIN}' ${words} 2>&1 | (sleep 3; cat)`], {
        encoding: 'utf8',
        maxBuffer: 1 << 24,
      }).stdout;
    const name = `x${'y'.repeat(100_000)}`;
    // The sentence and its event, each whole, though both go to one pipe.
    expect(slowly(`data '${folder}' --json --${name}`).split(name)).toHaveLength(3);
  });

  it('trains on while its terminal takes nothing, as after Ctrl-S', async ({ skip }) => {
    if (!works(['python3', '--version'])) skip('takes Python, which makes a terminal that is not read');
    const runDir = path.join(folder, 'unread');
    const job = '--workers 1 --engine wasm --threads 1 --batch 16 --channels 4 --dense 8 --epochs 3 --json'.split(' ');
    const command = [process.execPath, MAIN, 'launch', '--run-dir', runDir, ...job];
    const unread =
      'import pty,os,sys,time\npid,fd=pty.fork()\nif pid==0: os.execv(sys.argv[1],sys.argv[1:])\ntime.sleep(600)';
    const terminal = spawn('python3', ['-c', unread, ...command], {
      env: { ...process.env, TERM: 'xterm' },
      stdio: 'ignore',
    });
    // A line of JSON for each step is far more than a terminal has room for.
    await expect.poll(() => existsSync(path.join(runDir, 'summary.json')), { timeout: 60_000 }).toBe(true);
    expect(readSummary(runDir).status).toBe('done');
    terminal.kill('SIGKILL');
  });

  it('says where it cannot write', async ({ skip }) => {
    if (!canBeReadOnly) skip('takes root, or namespaces of users');
    const env = { GRADSOCKET_CACHE: path.join(folder, 'noexec') };
    const { finished } = start(
      ['launch', '--run-dir', '/gradsocket-runs/a', '--engine', 'wasm', '--quiet'],
      env,
      READ_ONLY,
    );
    expectSentence(await finished, 74, /^gradsocket: Cannot write .*: that file system is read-only\. Name a folder/);
  });
});
