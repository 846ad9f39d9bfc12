import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { checkpointName } from '../../shared/checkpoint/folder.ts';
import { valueMeant } from '../../shared/job/meaning.ts';

/** Where a model is: the folder of its run, and which of its checkpoints. */
export interface Place {
  readonly runDir: string;
  /** `best`, `newest`, or the path of a checkpoint. */
  readonly which: string;
}

const CHOSEN = ['best', 'newest'];

/**
 * What somebody means who names a run by something in its folder (a checkpoint, `checkpoints/`, `job.yaml`), or a checkpoint
 * by its name there, or its step.
 */
export function placeOf(path: string, which: string): Place {
  const isFile = isFileAt(path);
  if (isFile && path.endsWith('.safetensors')) {
    const runDir = dirname(dirname(path));
    if (isRun(runDir)) return { runDir, which: which === 'best' ? path : checkpointIn(runDir, which) };
  }
  // A folder of a run may be called that, too, and lie in one.
  const inside = isFile || (basename(path) === 'checkpoints' && !isRun(path));
  const runDir = inside && isRun(dirname(path)) ? dirname(path) : path;
  return { runDir, which: checkpointIn(runDir, which) };
}

function checkpointIn(runDir: string, which: string): string {
  if (CHOSEN.includes(which) || existsSync(which)) return which;
  const folder = join(runDir, 'checkpoints');
  const [, step] = /^(?:step[-_ ]?)?(\d{1,15})$/i.exec(which) ?? [];
  const named = [which, ...(step === undefined ? [] : [checkpointName(Number(step))])];
  const found = named.map((name) => join(folder, name)).find((file) => existsSync(file));
  const meant = valueMeant('checkpoint', which, CHOSEN);
  return found ?? (meant !== null && 'is' in meant ? meant.is : which);
}

/** Where it cannot be told, what is missing there is told of. */
function isFileAt(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether a folder is that of a run. */
export function isRun(folder: string): boolean {
  return existsSync(join(folder, 'job.yaml'));
}
