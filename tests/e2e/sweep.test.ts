import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLines, readSummary, run, start, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const job = ['--channels', '4,8', '--dense', '16', '--engine', 'wasm', '--threads', '1', '--epochs', '2'];

const runsOf = (dir: string): readonly string[] => readdirSync(path.join(dir, 'runs')).toSorted();
const isStep = (line: string): boolean => line.includes('"type":"step"');

interface Line {
  readonly type: string;
  readonly run?: string;
  readonly missing?: number;
  readonly resumed?: boolean;
  readonly verdict?: string;
}
const linesOf = (stdout: string): readonly Line[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('gradsocket sweep', () => {
  it('goes on after Ctrl-C with what is missing, and each run ends as if it were alone', async () => {
    const dir = path.join(folder, 'sweep');
    const grid = ['--init', 'he_normal,zeros', '--optimizer', 'sgd,adam', '--workers', '2', '--parallel', '2'];
    const first = start(['sweep', '--sweep-dir', dir, '--json', ...grid, ...job]);
    await first.line(isStep);
    first.child.kill('SIGINT');
    const { code } = await first.finished;
    expect(code).toBe(130);
    expect(runsOf(dir).length).toBeLessThanOrEqual(2);

    const second = await run(['sweep', '--resume', '--sweep-dir', dir, '--json']);
    expect(second.code, second.stderr).toBe(0);
    const verdicts = new Map(
      linesOf(second.stdout)
        .filter(({ type }) => type === 'runEnded')
        .map(({ run: id, verdict }) => [id, verdict]),
    );
    expect(runsOf(dir)).toEqual(['he_normal-adam', 'he_normal-sgd', 'zeros-adam', 'zeros-sgd']);
    expect(verdicts.get('zeros-sgd')).toBe('symmetric');

    const third = await run(['sweep', '--sweep-dir', dir, '--json', ...grid, ...job]);
    expect(third.code).toBe(0);
    expect(linesOf(third.stdout).map(({ type }) => type)).toEqual(['sweep', 'sweepEnded']);
    expect(linesOf(third.stdout)[0]?.missing).toBe(0);

    const alone = await train(path.join(folder, 'alone'), [
      ...job,
      '--init',
      'he_normal',
      '--optimizer',
      'adam',
      '--workers',
      '1',
    ]);
    expect(readSummary(path.join(dir, 'runs', 'he_normal-adam')).weightsDigest).toBe(alone.weightsDigest);
    const table = readFileSync(path.join(dir, 'report.csv'), 'utf8');
    expect(table.trimEnd().split('\r\n')).toHaveLength(5);
    expect(table).toContain(alone.weightsDigest);
    expect(readFileSync(path.join(dir, 'report.html'), 'utf8')).toContain('4 of 4');
  });

  it('takes a run that diverges for a result', async () => {
    const dir = path.join(folder, 'diverging');
    const { code, stdout, stderr } = await run([
      'sweep',
      '--sweep-dir',
      dir,
      '--json',
      '--lr',
      '0.01,3e38',
      ...job,
      '--workers',
      '1',
    ]);
    expect(code, stderr).toBe(0);
    const ended = linesOf(stdout).filter(({ type }) => type === 'runEnded');
    expect(ended.map(({ verdict }) => verdict)).toEqual(['learned', 'diverged']);
    expect(readLines(path.join(dir, 'runs', 'lr=0.01', 'metrics.jsonl')).length).toBeGreaterThan(40);
  });

  it.each([
    [['--activation', 'rleu,tanh'], 64, 'did you mean relu?'],
    [['--activation', 'relu,relu'], 64, 'there twice'],
    [['--activation', 'relu'], 64, 'There is nothing to compare'],
    [['--seed', '1,2', '--workers', '3', '--parallel', '2'], 64, 'cannot be shared out evenly'],
    [['--resume', '--sweep-dir', 'nowhere'], 78, 'holds no sweep to go on with'],
  ])('refuses %j before anything runs', async (args, exitCode, words) => {
    const { code, stdout, stderr } = await run(['sweep', ...args]);
    expect(code).toBe(exitCode);
    expect(stdout).toBe('');
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('stops where the first runs fail alike, and says why', async () => {
    const { code, stderr } = await run([
      'sweep',
      '--sweep-dir',
      path.join(folder, 'no data'),
      '--data',
      path.join(folder, 'none'),
      '--seed',
      '1,2,3,4,5',
      '--quiet',
    ]);
    expect(code).toBe(65);
    expect(stderr).toContain('The sweep has stopped: the first 3 runs failed alike');
  });
});
