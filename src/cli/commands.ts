import type { CommandModule } from 'yargs';

/** In the order in which help lists them. Each is loaded when it is wanted: all of them together take half a second. */
const LOADERS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  launch: async () => (await import('./launch.ts')).launchCommand,
  coordinator: async () => (await import('./coordinator.ts')).coordinatorCommand,
  worker: async () => (await import('./worker.ts')).workerCommand,
  sweep: async () => (await import('./sweep.ts')).sweepCommand,
  data: async () => (await import('./data.ts')).dataCommand,
  model: async () => (await import('./model.ts')).modelCommand,
  view: async () => (await import('./view.ts')).viewCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  eval: async () => (await import('./eval.ts')).evalCommand,
  predict: async () => (await import('./predict.ts')).predictCommand,
  inspect: async () => (await import('./inspect.ts')).inspectCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  setup: async () => (await import('./setup.ts')).setupCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  bench: async () => (await import('./bench.ts')).benchCommand,
  manifest: async () => (await import('./manifest.ts')).manifestCommand,
  completion: async () => {
    const others = Object.keys(LOADERS).filter((name) => name !== 'completion');
    const { completionCommand } = await import('./completion.ts');
    return completionCommand(await loadCommands(others));
  },
};

export const COMMAND_NAMES: readonly string[] = Object.keys(LOADERS);

export function loadCommands(names: readonly string[] = COMMAND_NAMES): Promise<readonly CommandModule[]> {
  return Promise.all(names.flatMap((name) => LOADERS[name]?.() ?? []));
}
