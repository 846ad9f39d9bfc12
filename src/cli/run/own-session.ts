import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Linux's switch for sharing out cores by sessions (`CONFIG_SCHED_AUTOGROUP`); absent in kernels without it. */
const AUTOGROUP = '/proc/sys/kernel/sched_autogroup_enabled';

/** Runs a program that goes on, where it stands still, when whoever started it is gone: only then does it find out. */
const AWAKE_ALONE = ['setpriv', '--pdeathsig', 'CONT', '--'];

/**
 * By way of what a worker is started in a session of its own, as torchrun gives it; null: it stays in that of its launch.
 *
 * Where the kernel shares out cores by sessions first, all that was started from one terminal has one share among it, and two workers
 * beside a program of another session half of what each could have. One that stands still (Ctrl-Z) and whose launch is then killed
 * would do so for ever in a session of its own, where nobody sees it: without the means against that it gets none.
 */
export function ownSession(
  file: string = AUTOGROUP,
  through: readonly string[] = AWAKE_ALONE,
): readonly string[] | null {
  if (!sharesBySessions(file)) return null;
  const [command = '', ...args] = through;
  return spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status === 0 ? through : null;
}

function sharesBySessions(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
