import { allReduceBenchOptions } from './allreduce/options.ts';
import { controlBenchOptions } from './control/options.ts';
import { dataBenchOptions } from './data/options.ts';
import { engineBenchOptions } from './engine-options.ts';
import { type BenchPart, benchPart } from './measure/part.ts';
import { trainBenchOptions } from './train/options.ts';

export const BENCH_PARTS: readonly BenchPart[] = [
  benchPart({
    name: 'engine',
    describe: 'Forward and backward in a plain loop: the most that a worker could reach',
    schema: engineBenchOptions,
    load: async () => (await import('./engine.ts')).measureEngine,
  }),
  benchPart({
    name: 'train',
    describe: 'A whole run: coordinator, workers, data, all-reduce, optimizer',
    schema: trainBenchOptions,
    load: async () => (await import('./train/train.ts')).measureTraining,
  }),
  benchPart({
    name: 'allreduce',
    describe: 'Summing one vector over several processes',
    schema: allReduceBenchOptions,
    load: async () => (await import('./allreduce/allreduce.ts')).measureAllReduce,
  }),
  benchPart({
    name: 'data',
    describe: 'Decoding and augmenting, and how long an engine would wait for it',
    schema: dataBenchOptions,
    load: async () => (await import('./data/data.ts')).measureData,
  }),
  benchPart({
    name: 'control',
    describe: 'A coordinator with many simulated workers: joining, reports, pages, the loss of one',
    schema: controlBenchOptions,
    load: async () => (await import('./control/control.ts')).measureControl,
  }),
];
