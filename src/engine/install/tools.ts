import { runCommand } from './command.ts';
import { GradsocketError } from '../../shared/errors.ts';
import { noCompiler, noPip, noPython, noSuchCompiler, noTools } from './failures.ts';
import { pipEnvironment } from './pip-environment.ts';

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

type Command = readonly [string, ...string[]];

export interface Tools {
  readonly compiler: Command;
  /** Null: it is not needed. */
  readonly pip: Command | null;
}

/** @throws GradsocketError that names all that is missing, so that nobody installs one and is then told of the next */
export async function findTools(around: Surroundings, withPip: boolean): Promise<Tools> {
  const [compiler, pip] = await Promise.all([found(findCompiler(around)), withPip ? found(findPip(around)) : null]);
  if (compiler instanceof GradsocketError) throw pip instanceof GradsocketError ? noTools() : compiler;
  if (pip instanceof GradsocketError) throw pip;
  return { compiler, pip };
}

/** The command, or the sentence on what is missing. */
function found(search: Promise<Command>): Promise<Command | GradsocketError> {
  return search.catch((error: unknown) => {
    if (error instanceof GradsocketError) return error;
    throw error;
  });
}

/** The command that is pip, to be followed by its arguments. */
async function findPip(given: Surroundings): Promise<Command> {
  const around = { ...given, env: pipEnvironment(given.env) };
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

/** The command of a C++ compiler: the one in CXX, else the usual names. */
async function findCompiler(around: Surroundings): Promise<Command> {
  const named = around.env['CXX']?.trim() || null;
  for (const command of named === null ? USUAL : asCommands(named)) {
    const [program, ...first] = command;
    if ((await runCommand(program, [...first, '--version'], around)).code === 0) return command;
  }
  throw named === null ? noCompiler() : noSuchCompiler(named);
}

const USUAL: readonly Command[] = [['g++'], ['c++'], ['clang++']];

/** What CXX names may have parameters, as `ccache g++`, or spaces in its path. */
function asCommands(named: string): readonly Command[] {
  const words = named.split(/\s+/) as [string, ...string[]];
  return words.length === 1 ? [words] : [words, [named]];
}
