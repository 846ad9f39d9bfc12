import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const job = ['--data', 'digits', '--channels', '4', '--dense', '8', '--engine', 'wasm', '--lr', 'auto'];
const rateOf = (runDir: string): string | undefined =>
  /^lr: (.*)$/m.exec(readFileSync(path.join(runDir, 'job.yaml'), 'utf8'))?.[1];

it('--lr auto finds one rate for every number of workers, shows how, and a run that goes on keeps it', async () => {
  const [one, two] = [path.join(folder, 'one'), path.join(folder, 'two')];
  const alone = await train(one, [...job, '--workers', '1', '--steps', '3']);
  const shared = await train(two, [...job, '--workers', '2', '--steps', '3']);
  expect(Number(rateOf(one))).toBeGreaterThan(0.0001);
  expect(rateOf(two)).toBe(rateOf(one));
  expect(shared.weightsDigest).toBe(alone.weightsDigest);
  expect(readFileSync(path.join(one, 'lr-range.svg'), 'utf8')).toContain(`${rateOf(one)} was taken`);
  expect(existsSync(path.join(one, 'lr-range.json'))).toBe(true);
  await train(one, ['--resume', '--lr', 'auto', '--workers', '2', '--steps', '5']);
  expect(rateOf(one)).toBe(rateOf(two));
});

it('--lr auto says so where no rate makes the loss fall', async () => {
  const runDir = path.join(folder, 'zeros');
  const { code, stderr } = await run(['launch', ...job, '--init', 'zeros', '--workers', '1', '--run-dir', runDir]);
  expect([code, stderr]).toEqual([76, expect.stringContaining('found no rate at which the loss falls')]);
});
