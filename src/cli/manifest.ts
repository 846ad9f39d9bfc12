import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { EXIT } from '../shared/errors.ts';
import { manifestOptions } from '../shared/job/manifest-options.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { packageVersion } from '../shared/version.ts';
import { type Argv0, readConfig, settingsOf, withConfig, withManySettings, withSettings } from './command/settings.ts';
import { objectsOf } from './manifest/objects.ts';
import { type Plan, planOf } from './manifest/plan.ts';
import { printObjects } from './manifest/print.ts';

export const manifestCommand: CommandModule = {
  command: 'manifest',
  describe: 'Print what trains in a Kubernetes cluster, for kubectl apply',
  builder: (yargs) =>
    withConfig(withManySettings(withSettings(yargs, manifestOptions, 'The cluster'), [jobSchema])).example([
      ['manifest --workers 4 --data /data/pets | kubectl apply -f -', 'trains in the cluster that kubectl reaches'],
      ['manifest --workers 4 --gpus 1 --kind jobset', 'with a GPU for each worker, as a JobSet'],
    ]),
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
  const plan = planOf(options, job, packageVersion());
  return (plan.add === null ? headOf(plan) : '') + printObjects(objectsOf(plan));
}

/** The one thing that stands in no file. */
function headOf({ namespace, tokenSecret }: Plan): string {
  const secret = `kubectl create secret generic ${tokenSecret} --namespace ${namespace}`;
  return [
    "# Once, before or after the first `kubectl apply`: the run's secret, without which its pods wait.",
    `#   kubectl get namespace ${namespace} || kubectl create namespace ${namespace}`,
    `#   ${secret} --from-literal=token="$(openssl rand -hex 24)"`,
    '',
  ].join('\n');
}
