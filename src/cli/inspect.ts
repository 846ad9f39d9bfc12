import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { inspectionsIn } from '../coordinator/progress/inspections.ts';
import { readShownLines } from '../coordinator/store/line-file.ts';
import { RunFolder } from '../coordinator/store/run-folder.ts';
import { cacheRoot } from '../shared/cache-folder.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { parameterLayout } from '../shared/network/layout.ts';
import { printWarning } from './command/failure.ts';
import { type Argv0, atHome, settingsOf, withSettings } from './command/settings.ts';
import type { Image } from './picture/canvas.ts';
import { evenly } from './picture/depth-map.ts';
import { drawFeatureMaps } from './picture/feature-maps.ts';
import { drawFilters } from './picture/filters.ts';
import { writePng } from './picture/png.ts';
import { insidePlots } from './report/inside-plots.ts';
import { writePlot } from './report/write-plot.ts';
import type { Classifier } from './trained/classifier.ts';
import type { TrainedModel } from './trained/model.ts';
import { folderOption, imageOptions, printedOptions, runArgument } from './trained/options.ts';
import { threadsFor } from './trained/threads.ts';
import { printJson, printLines } from './ui/print.ts';
import { plural } from '../shared/plural.ts';
import { outputFolder } from './trained/output-folder.ts';

const options = z.strictObject({
  output: folderOption('inspect'),
  ...imageOptions.shape,
  ...printedOptions.shape,
});
type Options = z.infer<typeof options>;

/** Of the run's own validation samples, where no image is named. */
const CHOSEN = 3;
/** Images that pictures are made of at most. */
const MOST_IMAGES = 20;
/** Layers of which maps are drawn. */
const MOST_LAYERS = 6;

export const inspectCommand: CommandModule = {
  command: 'inspect <run> [image..]',
  describe: 'Draw what is inside the network of a run: filters, feature maps, gradients by depth, distributions',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([
        ['inspect runs/pets', 'filters, feature maps, gradients by depth of a run'],
        ['inspect runs/pets cat.jpg', 'what the network sees in a picture of your own'],
      ])
      .positional('run', runArgument)
      .positional('image', {
        type: 'string',
        array: true,
        coerce: atHome<readonly string[] | undefined>,
        describe: 'images whose feature maps are drawn; default: three that the run was evaluated with',
      }),
  handler: async (argv) => {
    process.exitCode = await inspect(argv);
  },
};

interface Chosen {
  readonly name: string;
  readonly image: Image;
}

async function inspect(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: process.env, config: null });
  const threads = threadsFor(values.threads);
  const { openModel } = await import('./trained/model.ts');
  const model = await openModel(String(argv['run']), values.checkpoint);
  const named = (argv['image'] ?? []) as readonly string[];
  const { chosen, note } = named.length > 0 ? await namedImages(named, model, values) : await ownImages(model);
  const folder = values.output ?? join(model.runDir, 'inspect');
  await outputFolder(folder);
  const lines: string[] = [`folder    ${folder}`];
  if (await drawFirstFilters(model, folder)) lines.push('filters   filters.png: those of the first convolution');
  if (chosen.length > 0) {
    const { Classifier } = await import('./trained/classifier.ts');
    const classifier = await Classifier.create(model, values.engine, threads);
    try {
      for (const [index, one] of chosen.entries()) await drawMaps(one, index, model, classifier, folder);
    } finally {
      classifier.dispose();
    }
    lines.push(`maps      maps-1.png and so on: what layers make of ${plural(chosen.length, 'image')}`);
  }
  if (note !== null) lines.push(`          ${note}`);
  const looks = inspectionsIn(await readShownLines(new RunFolder(model.runDir).inspectFile, printWarning));
  const plots = insidePlots(looks);
  for (const one of plots) await writePlot(folder, one);
  lines.push(
    plots.length > 0
      ? `looks     ${plots.map(({ name }) => name).join(', ')}: .svg and .png, of ${plural(looks.length, 'look')} in training`
      : 'looks     none were taken in training: launch --inspect takes them',
  );
  if (values.json)
    printJson({ folder, images: chosen.map(({ name }) => name), plots: plots.map(({ name }) => name), note });
  else printLines(lines);
  return EXIT.done;
}

async function drawFirstFilters({ network, parameters }: TrainedModel, folder: string): Promise<boolean> {
  const first = network.nodes.find(({ layer }) => layer.kind === 'conv');
  if (first?.layer.kind !== 'conv') return false;
  const span = parameterLayout(network).spans[first.layer.weight]!;
  const weights = parameters.subarray(span.offset, span.offset + span.size);
  await writePng(
    drawFilters(weights, span, `${first.name}: ${first.layer.filters} filters`),
    join(folder, 'filters.png'),
  );
  return true;
}

async function drawMaps(
  { name, image }: Chosen,
  index: number,
  { network }: TrainedModel,
  classifier: Classifier,
  folder: string,
): Promise<void> {
  const all = network.nodes.flatMap(({ layer, shape }, node) =>
    layer.kind === 'activation' && shape.length === 3 ? [node] : [],
  );
  const nodes = evenly(all, MOST_LAYERS);
  const values = await classifier.look(image.pixels, nodes);
  const layers = nodes.map((node, place) => {
    const [height = 1, width = 1, channels = 1] = network.nodes[node]!.shape;
    return { name: network.nodes[node]!.name, shape: [height, width, channels] as const, values: values[place]! };
  });
  await writePng(drawFeatureMaps(image, layers, name), join(folder, `maps-${index + 1}.png`));
}

/** Files that somebody named. One that cannot be decoded ends it: there are few. */
async function namedImages(
  files: readonly string[],
  model: TrainedModel,
  { maxPixels }: Options,
): Promise<{ readonly chosen: readonly Chosen[]; readonly note: string | null }> {
  const { findImages } = await import('./predict/images.ts');
  const { decodeAll } = await import('./predict/decode.ts');
  const { endOf } = await import('./picture/gallery.ts');
  const { imageShape, decoding } = model.dataset;
  const found = await findImages(files, cacheRoot(process.env));
  const taken = found.slice(0, MOST_IMAGES);
  const decoded = await decodeAll(taken, { imageShape, decoding, maxPixels: maxPixels ?? model.job.maxPixels });
  const chosen = decoded.map((one) => {
    if ('refused' in one) throw one.away ?? new GradsocketError('BAD_IMAGE', EXIT.badData, one.refused);
    return { name: endOf(one.file), image: { pixels: one.pixels, shape: imageShape } };
  });
  const left = found.length - taken.length;
  return { chosen, note: left === 0 ? null : `${plural(left, 'further image')} left out` };
}

/** The first samples of the run's own that it held out, of different classes. */
async function ownImages(
  model: TrainedModel,
): Promise<{ readonly chosen: readonly Chosen[]; readonly note: string | null }> {
  const { openLabelled } = await import('./trained/labelled.ts');
  try {
    const samples = await openLabelled(model, { data: null, split: null, badImages: null, maxPixels: null });
    const byClass = new Map<number, number[]>();
    for (let index = 0; index < samples.samples; index++) {
      const label = samples.labelOf(index);
      byClass.set(label, [...(byClass.get(label) ?? []), index]);
    }
    // Round by round, the next sample of each class.
    const rounds = [...Array(CHOSEN).keys()].flatMap((round) => [...byClass.values()].flatMap((of) => of[round] ?? []));
    const chosen = await Promise.all(
      rounds.slice(0, CHOSEN).map(async (index) => ({
        name: `${model.dataset.classes[samples.labelOf(index)] ?? ''}: ${samples.nameOf(index)}`,
        image: { pixels: await samples.pixels(index), shape: model.dataset.imageShape },
      })),
    );
    return { chosen, note: null };
  } catch (error) {
    // Everything but the maps can be drawn without the data.
    if (error instanceof GradsocketError) return { chosen: [], note: `No maps: ${error.message} Or name images.` };
    throw error;
  }
}
