import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process, in MiB. */
export interface Resident {
  readonly now: number;
  readonly peak: number;
}

/** Of the processes that this one has started; none where the system does not say (only Linux does). */
export function residentOfChildren(): readonly Resident[] {
  return childrenOf('self').flatMap((child) => {
    const status = read(`/proc/${child}/status`);
    const [now, peak] = [mebibytes(status, 'VmRSS'), mebibytes(status, 'VmHWM')];
    return now === null || peak === null ? [] : [{ now, peak }];
  });
}

function childrenOf(process: string): readonly string[] {
  try {
    return readdirSync(`/proc/${process}/task`).flatMap((thread) =>
      read(`/proc/${process}/task/${thread}/children`)
        .split(' ')
        .filter((child) => child !== ''),
    );
  } catch {
    return [];
  }
}

function mebibytes(status: string, name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return match === null ? null : Number(match[1]) / 1024;
}

/** Empty where there is no such file, or its process has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
