/**
 * The libraries of the native engines read their numbers of threads from the environment, once, when they are loaded. A
 * value that the user has set stays.
 */
export function setThreadEnvironment(threads: number, environment: NodeJS.ProcessEnv = process.env): void {
  for (const name of ['OMP_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS']) {
    environment[name] ??= name === 'TF_NUM_INTEROP_THREADS' ? '1' : String(threads);
  }
}
