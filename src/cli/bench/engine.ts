import type { CompileOptions, EngineName } from '../../engine/interface/engine.ts';
import { checkPrecision } from '../../engine/precision.ts';
import { jobSchema } from '../../shared/job/schema.ts';
import { buildNetwork } from '../../shared/network/build.ts';
import { initialiseBuffers, initialiseParameters } from '../../shared/network/initialise.ts';
import { sizeOf, stepVectorLayout } from '../../shared/network/layout.ts';
import { Kernels } from '../../collective/kernels/kernels.ts';
import { SharedArena } from '../../collective/kernels/shared-arena.ts';
import { trainingProgram } from '../../engine/program/build.ts';
import { stepBuckets } from '../../shared/network/buckets.ts';
import { RandomStream, STREAM } from '../../shared/random/stream.ts';
import type { EngineBenchOptions } from './engine-options.ts';
import { printFailure } from '../command/failure.ts';
import type { Measured } from './measure/part.ts';
import { PlainReplica } from './plain-replica.ts';
import { median } from './measure/statistics.ts';

export interface EngineBenchResult {
  readonly engine: EngineName;
  readonly device: string;
  readonly threads: number;
  readonly parameters: number;
  readonly stepMilliseconds: number;
  readonly imagesPerSecond: number;
  readonly residentMiB: number;
}

/**
 * Forward, backward and reading the gradients, over and over on one microbatch, and the optimizer if asked for, all on one
 * thread: the most that a worker could reach. No data, no network.
 */
async function benchEngine(options: EngineBenchOptions): Promise<EngineBenchResult> {
  const { createEngine } = await import('../../engine/create.ts');
  const engine = await createEngine(options.engine, { threads: options.threads, onBroken: printFailure });
  const { batch, imageSize, imageChannels, classes, precision } = options;
  checkPrecision(engine, precision);
  // What a network is made of and no option here says is as in a job that does not say it either.
  const { optimizer, ...others } = options;
  const job = { ...jobSchema.parse(optimizer === null ? {} : { optimizer }), ...others };
  const network = buildNetwork(job, [imageSize, imageSize, imageChannels], classes);
  const layout = stepVectorLayout(network);
  const buckets: CompileOptions = { buckets: stepBuckets(network, layout).parameters };
  const program = await engine.compile(trainingProgram(network, batch, { labelSmoothing: 0, precision }), buckets);

  const random = new RandomStream(1, STREAM.augmentation);
  // In such memory as workers have: TensorFlow takes what begins at a multiple of 64 bytes without copying it.
  const arena = new SharedArena();
  const allocate = (floats: number) => arena.allocateFloats(floats);
  const replica = new PlainReplica(job, network, layout, await Kernels.load(arena), allocate);
  initialiseParameters(network, 1, replica.parameters);
  initialiseBuffers(network, replica.buffers);
  const images = allocate(batch * imageSize * imageSize * imageChannels);
  images.forEach((_, i) => {
    images[i] = random.normal();
  });
  const inputs = {
    images,
    labels: Int32Array.from({ length: batch }, () => random.below(classes)),
    masks: network.masks.map((mask) => allocate(batch * sizeOf(mask.shape)).fill(1)),
    buffers: replica.buffers,
  };
  const sink = { vector: allocate(layout.length), onBucket: () => undefined };
  const times: number[] = [];
  for (let step = 0; step < options.warmup + options.steps; step++) {
    const start = performance.now();
    await program.run({ ...inputs, parameters: replica.parameters }, sink);
    if (optimizer !== null) replica.update(sink.vector, batch);
    if (step >= options.warmup) times.push(performance.now() - start);
  }
  const stepMilliseconds = median(times);
  const result = {
    engine: engine.name,
    device: engine.device,
    threads: engine.threads,
    parameters: network.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    stepMilliseconds,
    imagesPerSecond: (1000 * batch) / stepMilliseconds,
    residentMiB: process.memoryUsage.rss() / 2 ** 20,
  };
  engine.dispose();
  return result;
}

export async function measureEngine(options: EngineBenchOptions): Promise<Measured> {
  const result = await benchEngine(options);
  const { engine, threads, stepMilliseconds, imagesPerSecond, residentMiB } = result;
  const speed = `${imagesPerSecond.toFixed(1)} images/s, ${stepMilliseconds.toFixed(1)} ms a step`;
  return { result, line: `${engine}, ${threads} thread(s): ${speed}, ${residentMiB.toFixed(0)} MiB` };
}
