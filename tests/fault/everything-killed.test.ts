import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { readLines, start, temporaryFolder, train } from '../e2e/gradsocket.ts';
import { allGone, childrenOf } from '../e2e/processes.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const job =
  '--channels 4,8 --dense 16 --threads 1 --microbatches 3 --engine wasm --batch 64 --checkpoint-every 7'.split(' ');

/** So many more than it is let do at last that it does not end before it is killed. */
const STEPS = 90;

interface LedgerLine {
  readonly type: string;
  readonly step: number;
}

const isStep = ({ type }: LedgerLine): boolean => type === 'step';

/** Once the ledger has so many steps. */
async function recorded(file: string, steps: number, failed: () => string | null): Promise<void> {
  for (;;) {
    const why = failed();
    if (why !== null) throw new Error(why);
    const text = readIfThere(file);
    if ((text.match(/"type":"step"/g)?.length ?? 0) >= steps) return;
    await delay(2);
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

it('a run of which every process is killed at once, again and again, ends with the digest of one that nobody disturbed', async () => {
  const flags = [...job, '--steps', String(STEPS)];
  const whole = await train(path.join(folder, 'whole'), [...flags, '--workers', '2']);
  const runDir = path.join(folder, 'killed');
  const ledger = path.join(runDir, 'ledger.jsonl');
  // Before the first checkpoint, in mid-epoch, and at the first step of an epoch.
  for (const [round, { steps, workers }] of [
    { steps: 3, workers: 2 },
    { steps: 19, workers: 3 },
    { steps: 47, workers: 1 },
  ].entries()) {
    const begun = round === 0 ? flags : ['--resume'];
    const running = start(['launch', '--run-dir', runDir, '--json', ...begun, '--workers', String(workers)]);
    let ended: string | null = null;
    void running.finished.then(({ code, stderr }) => {
      ended ??= `ended with ${code} in round ${round}: ${stderr}`;
    });
    await recorded(ledger, steps, () => ended);
    ended = '';
    const all = [running.child.pid!, ...childrenOf(running.child.pid!)];
    for (const pid of all) process.kill(pid, 'SIGKILL');
    await running.finished;
    expect(await allGone(all, 10_000)).toBe(true);
  }
  const resumed = await train(runDir, ['--resume', '--workers', '2']);
  expect(resumed.weightsDigest).toBe(whole.weightsDigest);
  expect(resumed.validationAccuracy).toBe(whole.validationAccuracy);
  const every = Array.from({ length: STEPS }, (_, step) => step);
  expect(
    readLines<LedgerLine>(ledger)
      .filter(isStep)
      .map(({ step }) => step),
  ).toEqual(every);
  const metrics = readLines<LedgerLine>(path.join(runDir, 'metrics.jsonl'));
  expect(metrics.filter(isStep).map(({ step }) => step)).toEqual(every.map((step) => step + 1));
});
