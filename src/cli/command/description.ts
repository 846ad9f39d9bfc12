import type { Argv, CommandModule, Options } from 'yargs';

/** What our commands say of a flag beside what yargs knows: it passes these on to nobody. */
export interface FlagOptions extends Options {
  /** In the place of its value in help: `PATH`; absent: it is given alone. */
  readonly takes?: string;
  /** What it may have, and may do without: `auto`. */
  readonly mayTake?: string;
  /** The words that may stand there. */
  readonly values?: readonly string[];
  readonly isPath?: boolean;
}

export interface Flag {
  readonly name: string;
  readonly group: string;
  readonly describe: string;
  /** Null: it is given alone. */
  readonly takes: string | null;
  /** Null: nothing, or what it takes it needs. */
  readonly mayTake: string | null;
  readonly values: readonly string[];
  readonly isPath: boolean;
  /** As text; null: none, or the description says. */
  readonly default: string | null;
}

interface Positional {
  readonly name: string;
  readonly describe: string;
}

interface Example {
  readonly command: string;
  readonly describe: string;
}

/** A command as help, completion and docs tell of it. */
export interface CommandDescription {
  /** `predict` */
  readonly name: string;
  /** `predict <run> <image..>` */
  readonly usage: string;
  readonly describe: string;
  readonly examples: readonly Example[];
  readonly positionals: readonly Positional[];
  /** In the order in which they were declared. */
  readonly flags: readonly Flag[];
  readonly commands: readonly CommandDescription[];
}

/** What a command declares, from the same builder that yargs gets. */
export function describeCommand({ command, describe, builder }: CommandModule): CommandDescription {
  const usage = String(command);
  const recorder = new Recorder();
  if (typeof builder === 'function') void builder(recorder as unknown as Argv);
  const { flags, positionals, examples, commands } = recorder;
  return {
    name: usage.split(' ')[0]!,
    usage,
    describe: typeof describe === 'string' ? describe : '',
    examples,
    positionals,
    flags,
    commands: commands.map(describeCommand),
  };
}

/** Stands in for yargs where a command declares itself: notes what is declared. */
class Recorder {
  readonly flags: Flag[] = [];
  readonly positionals: Positional[] = [];
  readonly examples: Example[] = [];
  readonly commands: CommandModule[] = [];

  option(name: string, options: FlagOptions): this {
    this.flags.push({
      name,
      group: options.group ?? '',
      describe: options.describe ?? '',
      takes: options.takes ?? null,
      mayTake: options.mayTake ?? null,
      values: options.values ?? [],
      isPath: options.isPath ?? false,
      default: options.defaultDescription ?? null,
    });
    return this;
  }

  positional(name: string, { describe = '' }: Options): this {
    this.positionals.push({ name, describe });
    return this;
  }

  example(examples: readonly (readonly [string, string])[]): this {
    this.examples.push(...examples.map(([command, describe]) => ({ command, describe })));
    return this;
  }

  command(module: CommandModule): this {
    this.commands.push(module);
    return this;
  }

  demandCommand(): this {
    return this;
  }
}
