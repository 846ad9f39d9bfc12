import { z } from 'zod';
import { lastLine, runCommand } from './command.ts';
import { INSIDE } from './folder.ts';

const reportSchema = z.object({ tensorflow: z.string(), gpu: z.boolean(), sum: z.number() });

export interface TrialReport {
  readonly tensorflow: string;
  readonly gpu: boolean;
}

/** A whole program, so that it runs from source and from the build alike, on any Node. */
const PROGRAM = `
const [folder, loader, addon] = process.argv.slice(1);
const util = require('util');
util.isNullOrUndefined ??= (value) => value === undefined || value === null;
const load = (file) => { const m = { exports: {} }; process.dlopen(m, folder + '/' + file); return m.exports; };
load(loader);
const binding = load(addon);
const x = binding.createTensor([4], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
const [y] = binding.executeOp('AddV2', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }], [x, x], 1);
const sum = binding.tensorDataSync(y.id).reduce((a, b) => a + b, 0);
console.log(JSON.stringify({ tensorflow: binding.TF_Version, gpu: binding.isUsingGpuDevice(), sum }));
`;

const TIMEOUT_MS = 120_000;

/**
 * Loads an addon and computes something with it in a process of its own, because a library that does not suit the
 * machine ends its process. Throws an Error that says why it does not work.
 */
export async function tryAddon(folder: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<TrialReport> {
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '3', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };
  const result = await runCommand(process.execPath, ['-e', PROGRAM, folder, INSIDE.loader, INSIDE.addon], {
    env: { ...env, ...quiet, NODE_OPTIONS: '' },
    signal,
    timeout: TIMEOUT_MS,
  });
  if (result.code !== 0) throw new Error(reasonOf(result.stderr));
  const report = reportSchema.parse(JSON.parse(lastLine(result.stdout)));
  if (report.sum !== 20) throw new Error(`it computes ${report.sum} where the answer is 20`);
  return { tensorflow: report.tensorflow, gpu: report.gpu };
}

function reasonOf(stderr: string): string {
  const error = /^(?:\w*Error): (.*)$/m.exec(stderr);
  return error?.[1] ?? lastLine(stderr);
}
