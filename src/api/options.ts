import { launchOptions } from '../shared/job/options.ts';

/** What of `launch` a program may ask for; everything else there is about a terminal, or a rehearsal. */
export const trainOptions = launchOptions.pick({
  workers: true,
  minWorkers: true,
  maxWorkers: true,
  runDir: true,
  resume: true,
  cores: true,
  cacheMemory: true,
  stallSeconds: true,
  listen: true,
  token: true,
  viewToken: true,
});
