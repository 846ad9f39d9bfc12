import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import { checkJob } from '../shared/job/checks.ts';
import { manifestOptions } from '../shared/job/manifest-options.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { packageVersion } from './command/self.ts';
import { type Argv0, readConfig, settingsOf, withConfig, withSettings } from './command/settings.ts';
import { objectsOf } from './manifest/objects.ts';
import { planOf } from './manifest/plan.ts';
import { printObjects } from './manifest/print.ts';
import { checkBounds } from './run/asked.ts';

export const manifestCommand: CommandModule = {
  command: 'manifest',
  describe: 'Print what trains in a Kubernetes cluster, for kubectl apply',
  builder: (yargs) =>
    withConfig(withSettings(withSettings(yargs, 'The cluster:', manifestOptions), 'The job:', jobSchema)),
  handler: async (argv) => {
    process.stdout.write(await manifestOf(argv));
    process.exitCode = EXIT.done;
  },
};

/** From flags and `--config` alone: the environment of whoever types this says nothing about a cluster. */
async function manifestOf(argv: Argv0): Promise<string> {
  const config = await readConfig(argv, z.strictObject({ ...jobSchema.shape, ...manifestOptions.shape }));
  const options = settingsOf({ schema: manifestOptions, argv, environment: {}, config });
  const job = settingsOf({ schema: jobSchema, argv, environment: {}, config });
  checkBounds(options.values);
  checkJob(job.values, options.values.workers, new Map([...options.sources, ...job.sources]));
  return printObjects(objectsOf(planOf(options.values, job, packageVersion())));
}
