import { z } from 'zod';
import { newPath, newPicture } from '../../shared/job/new-path.ts';
import { jobSchema } from '../../shared/job/schema.ts';
import { atHome } from '../command/settings.ts';

/** The run whose model, or whose figures, a command is about. */
export const runArgument = { type: 'string', coerce: atHome, describe: 'folder of the run' } as const;

/** `usual`: the folder in that of the run to which the command writes by itself; `or`: what else it takes. */
export function folderOption(usual: string, or = '') {
  return newPath()
    .nullable()
    .default(null)
    .describe(`folder to write to${or}; default: ${usual}/ in the folder of the run`);
}

/** Drawn where it is named. */
export function pictureOption(description: string) {
  return newPicture().nullable().default(null).describe(description);
}

/** Settings that predict, eval and export share. */
export const modelOptions = z.strictObject({
  checkpoint: z
    .string()
    .min(1)
    .meta({ expects: 'best, newest, or the path of a checkpoint', isPath: true })
    .default('best')
    .describe('which weights: best (by what --monitor watched), newest, or a file'),
});

/** What predict and eval have in common about the images. */
export const imageOptions = z.strictObject({
  maxPixels: jobSchema.shape.maxPixels
    .unwrap()
    .nullable()
    .default(null)
    .describe('an image of more pixels than this is not decoded; default: as in the run'),
});

export const engineOptions = z.strictObject({
  ...modelOptions.shape,
  engine: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('engine'),
  threads: z.int().positive().max(1024).nullable().default(null).describe('threads; default: all cores'),
});

/** The same where what came out may be printed as JSON. */
export const printedOptions = z.strictObject({
  ...engineOptions.shape,
  json: z.boolean().default(false).describe('print JSON'),
});
