import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLines, readSummary, run, start, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const job = [
  '--channels',
  '4,8',
  '--dense',
  '16',
  '--threads',
  '1',
  '--batch',
  '64',
  '--microbatches',
  '3',
  '--dropout',
  '0.3',
];

interface LedgerLine {
  readonly step?: number;
}

describe('a resumed run', () => {
  // What each optimizer keeps, unit tests save and read; adam keeps the most.
  it.each(['sgd', 'adam'])(
    'ends with the digest of the uninterrupted one, stopped in mid-epoch (%s)',
    async (optimizer) => {
      const flags = [...job, '--engine', 'wasm', '--optimizer', optimizer];
      const whole = await train(path.join(folder, `whole ${optimizer}`), [...flags, '--workers', '2', '--steps', '40']);
      const runDir = path.join(folder, `cut ${optimizer}`);
      // 23 steps an epoch: 9 and 31 lie within one.
      await train(runDir, [...flags, '--workers', '3', '--steps', '9']);
      await train(runDir, ['--resume', '--workers', '1', '--steps', '31']);
      const resumed = await train(runDir, ['--resume', '--workers', '2', '--steps', '40']);
      expect(resumed.weightsDigest).toBe(whole.weightsDigest);
      expect(resumed.validationAccuracy).toBe(whole.validationAccuracy);
      expect(resumed.validationLoss).toBe(whole.validationLoss);
      const steps = readLines<LedgerLine>(path.join(runDir, 'ledger.jsonl')).flatMap(({ step }) =>
        step === undefined ? [] : [step],
      );
      expect(steps).toEqual(Array.from({ length: 40 }, (_, step) => step));
    },
  );

  it('goes on with another rate, to the same bits with any number of workers, stopped again or not', async () => {
    const runDir = path.join(folder, 'changed');
    const keep = ['--keep-checkpoints', '9', '--checkpoint-every', '3'];
    await train(runDir, [...job, ...keep, '--engine', 'wasm', '--workers', '2', '--steps', '9', '--lr', '0.05']);
    const change = ['--lr', '0.02', '--schedule', 'cosine', '--steps', '20'];
    const changed = await train(runDir, ['--resume', '--workers', '2', ...change]);
    expect(changed.changes).toEqual([
      {
        step: 9,
        from: { lr: 0.05, schedule: 'constant', steps: 9 },
        to: { lr: 0.02, schedule: 'cosine', steps: 20 },
      },
    ]);
    // As if it had been killed after step 12, and then before anything was saved: what changed is on record.
    for (const last of [12, 9]) {
      const checkpoints = path.join(runDir, 'checkpoints');
      for (const name of readdirSync(checkpoints)) {
        if (Number(/^step-(\d+)/.exec(name)?.[1] ?? 0) > last) rmSync(path.join(checkpoints, name));
      }
      const resumed = await train(runDir, ['--resume', '--workers', last === 9 ? '3' : '1']);
      expect([resumed.weightsDigest, resumed.changes]).toEqual([changed.weightsDigest, changed.changes]);
    }
  });

  it('goes on after Ctrl-C, which checkpoints and leaves with 130 within two seconds', async () => {
    const flags = [...job, '--engine', 'wasm', '--workers', '2'];
    const whole = await train(path.join(folder, 'whole'), [...flags, '--epochs', '15']);
    const runDir = path.join(folder, 'interrupted');
    const running = start(['launch', '--run-dir', runDir, '--json', ...flags, '--epochs', '15']);
    await running.line((line) => (JSON.parse(line) as { type: string }).type === 'step');
    const signalled = performance.now();
    running.child.kill('SIGINT');
    const { code } = await running.finished;
    expect(code).toBe(130);
    expect(performance.now() - signalled).toBeLessThan(2000);
    const interrupted = readSummary(runDir);
    expect(interrupted.status).toBe('interrupted');
    expect(interrupted.steps).toBeGreaterThan(0);
    expect(interrupted.steps).toBeLessThan(15 * 23);
    const resumed = await train(runDir, ['--resume', '--workers', '2']);
    expect(resumed.weightsDigest).toBe(whole.weightsDigest);
  });

  it('makes up for the last evaluation where that was lost, and has nothing to do after that', async () => {
    const runDir = path.join(folder, 'unevaluated');
    const whole = await train(runDir, [...job, '--engine', 'wasm', '--workers', '2', '--steps', '30']);
    const metrics = path.join(runDir, 'metrics.jsonl');
    const lines = readLines<{ type: string; step: number }>(metrics);
    expect(lines.at(-1)).toMatchObject({ type: 'evaluation', step: 30 });
    writeFileSync(
      metrics,
      lines
        .slice(0, -1)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    rmSync(path.join(runDir, 'summary.json'));
    const resumed = await train(runDir, ['--resume', '--workers', '3', '--steps', '30']);
    expect(resumed).toMatchObject({
      status: 'done',
      steps: 30,
      weightsDigest: whole.weightsDigest,
      validationAccuracy: whole.validationAccuracy,
      validationLoss: whole.validationLoss,
    });
    const { code, stdout } = await run(['launch', '--run-dir', runDir, '--resume', '--json']);
    expect(code).toBe(0);
    expect(stdout).toContain('This run is complete: all 30 steps are done.');
    expect(stdout).not.toContain('workerJoined');
    expect(readSummary(runDir)).toEqual(resumed);
  });

  it('has one command for the first start, for every one after it, and after its end (--resume auto)', async () => {
    const runDir = path.join(folder, 'always the same');
    const flags = [
      ...job,
      '--engine',
      'wasm',
      '--workers',
      '1',
      '--steps',
      '4',
      '--resume',
      'auto',
      '--run-dir',
      runDir,
    ];
    const first = await run(['launch', ...flags, '--quiet']);
    expect(first.code).toBe(0);
    const summary = readSummary(runDir);
    rmSync(path.join(runDir, 'checkpoints', 'step-00000004.safetensors'));
    const again = await run(['launch', ...flags, '--quiet']);
    expect([again.code, readSummary(runDir).weightsDigest]).toEqual([0, summary.weightsDigest]);
    const after = await run(['coordinator', ...flags, '--listen', '127.0.0.1:0']);
    expect(after.code).toBe(0);
    expect(after.stdout).toContain('This run is complete: all 4 steps are done.');
    expect(after.stdout).not.toContain('waiting for');
  });

  it('refuses a change of what decides the weights, and says which', async () => {
    const runDir = path.join(folder, 'fixed');
    await train(runDir, [...job, '--engine', 'wasm', '--workers', '1', '--steps', '3']);
    const { code, stderr } = await run(['launch', '--run-dir', runDir, '--resume', '--seed', '7', '--steps', '5']);
    expect(code).toBe(78);
    expect(stderr).toContain('--seed was 1');
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
