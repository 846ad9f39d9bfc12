import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

const NAME = 'sweep.lock';

/**
 * Keeps a second sweep out of a folder: both would start the same runs. Returns what gives it free again. A lock whose
 * process is gone, as after a crash, is taken over.
 */
export function lockSweep(dir: string, alive: (pid: number) => boolean = isAlive): () => void {
  const file = join(dir, NAME);
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = Number(readFileSync(file, 'utf8'));
    if (Number.isInteger(holder) && holder > 0 && alive(holder)) {
      throw new GradsocketError(
        'SWEEP_RUNNING',
        EXIT.configuration,
        `${dir} is being run by process ${holder}. Wait for it, or stop it; what it has finished stays. ` +
          `If it is no sweep, delete ${file}.`,
        { cause: error },
      );
    }
    writeFileSync(file, String(process.pid));
  }
  const release = (): void => {
    rmSync(file, { force: true });
    process.off('exit', release);
  };
  // Also where a second Ctrl-C ends the process at once.
  process.on('exit', release);
  return release;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
