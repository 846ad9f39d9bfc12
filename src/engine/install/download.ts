import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLine, runCommand } from './command.ts';
import { downloadFailed } from './failures.ts';
import { pipEnvironment } from './pip-environment.ts';
import { PYTHON_VERSION, type Wheel, wheelPrefix } from './pins.ts';

const POLL_MS = 200;

export interface DownloadOptions {
  readonly pip: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  /** Bytes on disk so far. */
  readonly onBytes: (done: number) => void;
}

/**
 * Has pip put one wheel into `folder`, from wherever the user's pip is set up to look. The wheel is for a Python of our
 * choice, not for the one that runs pip: only its libraries are of interest, so any python3 will do.
 */
export async function downloadWheel(wheel: Wheel, folder: string, options: DownloadOptions): Promise<string> {
  const { pip, env, signal, onBytes } = options;
  const partial = join(folder, 'partial');
  await mkdir(partial, { recursive: true });
  const [program, ...first] = pip;
  // Where the bytes arrive (pip's temporary folder, then `folder`) is ours, so that its growth can be watched.
  const timer = setInterval(() => {
    void sizeOf(folder).then((done) => onBytes(Math.min(done, wheel.size)));
  }, POLL_MS);
  try {
    const result = await runCommand(
      program,
      [
        ...first,
        'download',
        '--no-deps',
        '--only-binary=:all:',
        '--implementation',
        'cp',
        '--python-version',
        PYTHON_VERSION,
        '--abi',
        wheel.abi,
        '--platform',
        wheel.platform,
        '--disable-pip-version-check',
        '--no-input',
        '--progress-bar',
        'off',
        // A copy in pip's cache would take the same space again and be of no use to anybody.
        '--no-cache-dir',
        '--dest',
        folder,
        `${wheel.name}==${wheel.version}`,
      ],
      { env: { ...pipEnvironment(env), TMPDIR: partial }, signal },
    );
    if (result.code !== 0) throw downloadFailed(`${wheel.name} ${wheel.version}`, `pip says ${saidBy(result.stderr)}`);
  } finally {
    clearInterval(timer);
    await rm(partial, { recursive: true, force: true });
  }
  const file = (await readdir(folder)).find((name) => name.startsWith(wheelPrefix(wheel)));
  if (file === undefined) throw downloadFailed(`${wheel.name} ${wheel.version}`, 'pip left no file');
  return join(folder, file);
}

/** Of an index that it did not reach pip only warns: its error is that there is no such version. */
function saidBy(stderr: string): string {
  const lines = stderr.split('\n');
  const errors = lines.filter((line) => line.startsWith('ERROR:'));
  const error = lastLine(errors.length > 0 ? errors.join('\n') : stderr).replace(/^ERROR: /, '');
  const broken = lines
    .map((line) => /^WARNING: .*after connection broken by '(.*)': \S+$/.exec(line)?.[1])
    .findLast(Boolean);
  const cause = broken?.replaceAll(/<[^<>]*>: /g, '');
  return cause === undefined ? `"${error}"` : `"${error}", after "${cause}"`;
}

/** Bytes of all files below a folder; files may come and go meanwhile. */
async function sizeOf(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          stat(join(entry.parentPath, entry.name)).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
