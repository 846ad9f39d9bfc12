import { runCommand } from './command.ts';
import { noCompiler, noPip, noPython } from './failures.ts';

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** The command that is pip, to be followed by its arguments. */
export async function findPip(around: Surroundings): Promise<readonly [string, ...string[]]> {
  let python: string | null = null;
  for (const name of ['python3', 'python']) {
    const there = await runCommand(name, ['--version'], around);
    if (there.code !== 0) continue;
    python ??= name;
    const pip = await runCommand(name, ['-m', 'pip', '--version'], around);
    if (pip.code === 0) return [name, '-m', 'pip'];
  }
  for (const name of ['pip3', 'pip']) {
    if ((await runCommand(name, ['--version'], around)).code === 0) return [name];
  }
  throw python === null ? noPython() : noPip(python);
}

/** The command of a C++ compiler: the one in CXX (which may be `ccache g++`), else the usual names. */
export async function findCompiler(around: Surroundings): Promise<readonly [string, ...string[]]> {
  const named = around.env['CXX']?.trim();
  for (const command of named ? [named] : ['g++', 'c++', 'clang++']) {
    const [program, ...first] = command.split(/\s+/) as [string, ...string[]];
    if ((await runCommand(program, [...first, '--version'], around)).code === 0) return [program, ...first];
  }
  throw noCompiler();
}
