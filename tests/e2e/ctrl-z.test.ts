import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownSession } from '../../src/cli/run/own-session.ts';
import { start, temporaryFolder } from './gradsocket.ts';
import { allGone, allStopped, childrenOf } from './processes.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** A launch in mid-run, and all of its processes. */
async function training(name: string) {
  const network = ['--channels', '4,8', '--dense', '16', '--engine', 'wasm', '--threads', '1'];
  const flags = [...network, '--workers', '2', '--epochs', '15', '--run-dir', path.join(folder, name)];
  const running = start(['launch', '--json', ...flags]);
  await running.line((line) => (JSON.parse(line) as { type: string }).type === 'step');
  const pid = running.child.pid!;
  const all = [pid, ...childrenOf(pid)];
  expect(all).toHaveLength(3);
  return { running, all };
}

describe.skipIf(ownSession() === null)(
  'Ctrl-Z, with sessions of workers (skipped where cores are not shared out by them)',
  () => {
    it('stands still with Ctrl-Z, workers and all, and goes on with fg as if nothing had been', async () => {
      const { running, all } = await training('stopped');
      running.child.kill('SIGTSTP');
      expect(await allStopped(all, true, 5000)).toBe(true);
      running.child.kill('SIGCONT');
      expect(await allStopped(all, false, 5000)).toBe(true);
      const { code, stdout } = await running.finished;
      expect(code).toBe(0);
      expect(stdout).not.toContain('workerLost');
    });

    it('leaves no worker behind where it is killed as all stand still', async () => {
      const { running, all } = await training('killed');
      running.child.kill('SIGTSTP');
      expect(await allStopped(all, true, 5000)).toBe(true);
      running.child.kill('SIGKILL');
      expect(await allGone(all, 5000)).toBe(true);
    });
  },
);
