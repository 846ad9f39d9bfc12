// @ts-check
// The rows of the table: what each needs to be measured, and what it compares.
import { join } from 'node:path';
import { asWorker, ddp, ours } from './measurements.mjs';
import { spread } from './spread.mjs';

/**
 * @typedef {import('./measurements.mjs').Spec} Spec
 * @typedef {import('./measurements.mjs').Measurements} Measurements
 *
 * @typedef {object} Result A line of the table.
 * @property {string} what
 * @property {string} unit
 * @property {readonly number[]} ours of each round
 * @property {readonly number[]} theirs empty: `ours` is compared with the goal itself
 * @property {string} against
 * @property {'at least' | 'at most'} sense
 * @property {number} goal
 * @property {boolean} [stretch] the goal is more than was asked for
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} title
 * @property {readonly Spec[]} needs
 * @property {(measured: Measurements) => readonly Result[]} compare
 */

const MODELS = {
  resnet18: {
    title: 'ResNet-18',
    batch: 32,
    steps: 12,
    quickSteps: 5,
    warmup: 3,
    goal: 1,
    tunedGoal: 1,
    stretch: true,
  },
  cnn: { title: 'CNN', batch: 64, steps: 150, quickSteps: 40, warmup: 10, goal: 1.2, tunedGoal: 1.1, stretch: false },
};
/** @typedef {keyof typeof MODELS} Model */
const RESNET_FLOATS = 11_173_962;

/** What the short table has: one row of each kind that a change of the code tends to move, together within five minutes on two cores. */
export const SHORT = ['resnet18-2', 'cnn-2', 'allreduce-f32-2', 'start', 'evaluation-cnn'];

const speed = (/** @type {any} */ { imagesPerSecond }) => imagesPerSecond;
/** Where steps are of two lengths, the median says nothing. */
const meanSpeed = (/** @type {any} */ { meanImagesPerSecond }) => meanImagesPerSecond;

/** Those of several series that are the best ones on the whole. @param {readonly (readonly number[])[]} series @param {'at least' | 'at most'} sense */
function bestOf(series, sense) {
  const sign = sense === 'at least' ? 1 : -1;
  return series.reduce((a, b) => (sign * (spread(b).median - spread(a).median) > 0 ? b : a));
}

/**
 * A line that compares images/s.
 * @param {Measurements} measured @param {Spec} mine @param {Spec} peer
 * @param {{ what: string, against: string, goal: number }} told @returns {Result}
 */
function speedLine(measured, mine, peer, told) {
  const values = { ours: measured.values(mine, speed), theirs: measured.values(peer, speed) };
  return { ...told, ...values, unit: 'images/s', sense: 'at least' };
}

/**
 * A line that says which part of the time of workers goes to what they wait for.
 * @param {Measurements} measured @param {Spec} spec @param {'data' | 'network'} share
 * @param {{ what: string, goal: number }} told @returns {Result}
 */
function waitLine(measured, spec, share, told) {
  const values = measured.values(spec, ({ shares }) => 100 * shares[share]);
  return { ...told, unit: '%', ours: values, theirs: [], against: '', sense: 'at most' };
}

/**
 * The most important ones first.
 * @param {{ quick: boolean, bfloat16: boolean }} options `bfloat16`: the processor has instructions for it
 * @returns {readonly Row[]}
 */
export function rowsOf({ quick, bfloat16 }) {
  const stepsOf = (/** @type {Model} */ model) => (quick ? MODELS[model].quickSteps : MODELS[model].steps);

  /** @param {Model} model @param {number} workers @param {'f32' | 'bf16'} precision */
  const train = (model, workers, precision) => {
    const { batch, warmup } = MODELS[model];
    const sizes = ['--batch', batch, '--steps', stepsOf(model), '--warmup', warmup].map(String);
    const words = ['--model', model, '--workers', String(workers), '--precision', precision, '--engine', 'tensorflow'];
    // Augmented, because training is; PyTorch's tensors lie ready.
    const augmented = ['--flip', '--crop-padding', '4'];
    return ours(`gradsocket ${model} ${precision} x${workers}`, ['train', ...words, ...sizes, ...augmented]);
  };

  /** In both memory layouts: the better one counts. @param {Model} model @param {number} workers @param {boolean} bf16 @param {boolean} tuned */
  const peers = (model, workers, bf16, tuned) => {
    const { batch, warmup } = MODELS[model];
    // With channels_last it is the faster one by far on every processor that was tried: the short table takes it as known.
    const layouts = quick ? [false] : [false, true];
    const common = { model, workers, batch, steps: stepsOf(model), warmup, bf16, tuned };
    return layouts.map((contiguous) => ddp({ ...common, contiguous }));
  };

  /** @param {Measurements} measured @param {readonly Spec[]} specs */
  const best = (measured, specs) =>
    bestOf(
      specs.map((spec) => measured.values(spec, speed)),
      'at least',
    );

  /** @param {Model} model @param {number} workers @param {'f32' | 'bf16'} precision @returns {Row} */
  const versusPeers = (model, workers, precision) => {
    const { title, goal, tunedGoal, stretch } = MODELS[model];
    const bf16 = precision === 'bf16';
    const mine = train(model, workers, precision);
    const [plain, tuned] = [peers(model, workers, bf16, false), peers(model, workers, bf16, true)];
    // It compiles for a minute first: the short table goes without.
    const common = { model, workers, batch: MODELS[model].batch, steps: stepsOf(model), warmup: MODELS[model].warmup };
    const compiled = quick ? [] : [ddp({ ...common, bf16, contiguous: false, tuned: true, compiled: true })];
    const what = `${title}${bf16 ? ' in bf16' : ''}, ${workers} worker${workers === 1 ? '' : 's'}`;
    const against = bf16 ? 'DDP + Gloo, autocast bf16' : 'DDP + Gloo';
    return {
      id: `${model}${bf16 ? '-bf16' : ''}-${workers}`,
      title: `${what}, against ${against}`,
      needs: [mine, ...plain, ...tuned, ...compiled],
      compare: (measured) =>
        [
          { against, theirs: best(measured, plain), goal: bf16 ? 1 : goal },
          {
            against: `${against}, tuned malloc`,
            theirs: best(measured, tuned),
            ...(bf16 ? { goal: 1 } : { goal: tunedGoal, stretch }),
          },
          ...(quick
            ? []
            : [
                {
                  against: `${against}, torch.compile, tuned malloc`,
                  theirs: best(measured, compiled),
                  goal: bf16 ? 1 : tunedGoal,
                },
              ]),
        ].map((side) => ({ ...side, what, unit: 'images/s', sense: 'at least', ours: measured.values(mine, speed) })),
    };
  };

  /** @param {Model} model @returns {Row} */
  const versusLoop = (model) => {
    const { title, batch, warmup } = MODELS[model];
    const sizes = ['--batch', batch, '--steps', stepsOf(model), '--warmup', warmup].map(String);
    const mine = train(model, 1, 'f32');
    const words = ['engine', '--engine', 'tensorflow', '--model', model, ...sizes];
    const training = asWorker(`plain loop ${model} sgd`, [...words, '--optimizer', 'sgd']);
    const computing = asWorker(`plain loop ${model}`, words);
    return {
      id: `loop-${model}`,
      title: `${title}, one worker with a coordinator against the plain loop of the engine`,
      needs: [mine, training, computing],
      compare: (measured) =>
        [
          { loop: training, against: 'the plain loop of the engine, with its optimizer' },
          { loop: computing, against: 'the plain loop of the engine, without optimizer' },
        ].map(({ loop, against }) => {
          const what = `${title}, 1 worker with a coordinator`;
          return speedLine(measured, mine, loop, { what, against, goal: 0.98 });
        }),
    };
  };

  /** @param {Model} model @returns {Row} */
  const scaling = (model) => {
    const [two, one] = [train(model, 2, 'f32'), train(model, 1, 'f32')];
    return {
      id: `scaling-${model}`,
      title: `${MODELS[model].title}, two workers against one`,
      needs: [two, one],
      compare: (measured) => [
        speedLine(measured, two, one, { what: `${MODELS[model].title}, 2 workers`, against: '1 worker', goal: 1.6 }),
      ],
    };
  };

  /** @param {Model} model @returns {Row} */
  const bf16VersusF32 = (model) => {
    const [narrow, wide] = [train(model, 2, 'bf16'), train(model, 2, 'f32')];
    return {
      id: `bf16-${model}`,
      title: `${MODELS[model].title}, bf16 against our own f32`,
      needs: [narrow, wide],
      compare: (measured) => [
        speedLine(measured, narrow, wide, {
          what: `${MODELS[model].title} in bf16, 2 workers`,
          against: 'our own f32',
          goal: 1.5,
        }),
      ],
    };
  };

  // Also in the short table: the first ones run in unoptimised code, and all of them together take seconds.
  const runs = ['--runs', '60', '--warmup', '60'];
  /** @param {number} workers @param {'f32' | 'bf16'} wire */
  const allReduce = (workers, wire) =>
    ours(`all-reduce ${wire} x${workers}`, ['allreduce', '--workers', String(workers), '--wire', wire, ...runs]);
  const reduceTime = (/** @type {any} */ { sizes }) => sizes[0].milliseconds.median;

  /** @param {number} workers @param {'f32' | 'bf16'} wire @returns {Row} */
  const versusGloo = (workers, wire) => {
    const mine = allReduce(workers, wire);
    const gloo = /** @type {Spec} */ ({
      key: `Gloo x${workers}`,
      program: 'python',
      args: [join('bench', 'pytorch', 'gloo.py'), '--workers', String(workers), '--runs', '60'],
    });
    return {
      id: `allreduce-${wire}-${workers}`,
      title: `All-reduce of 44.7 MB, ${wire} wire, ${workers} processes, against Gloo`,
      needs: [mine, gloo],
      compare: (measured) => [
        {
          what: `all-reduce of 44.7 MB, ${wire} wire, ${workers} processes`,
          unit: 'ms',
          ours: measured.values(mine, reduceTime),
          theirs: measured.values(gloo, ({ milliseconds }) => milliseconds.median),
          against: 'Gloo, f32',
          sense: 'at most',
          goal: wire === 'f32' && workers === 2 ? 0.8 : 1,
        },
      ],
    };
  };

  /** @type {Spec} */
  const limited = {
    key: 'all-reduce at 1 Gbit/s',
    program: 'sh',
    args: [join('bench', 'netns-allreduce.sh'), '1gbit', String(RESNET_FLOATS), quick ? '2' : '5'],
  };
  /** @type {Row} */
  const limitedNetwork = {
    id: 'wire-1gbit',
    title: 'All-reduce at 1 Gbit/s in network namespaces, bf16 wire against f32 (takes root)',
    needs: [limited],
    compare: (measured) =>
      ['mesh', 'star'].flatMap((topology) =>
        [2, 4].map((workers) => {
          const of = (/** @type {string} */ wire) =>
            measured
              .all(limited)
              .filter((line) => line['topology'] === topology && line['workers'] === workers && line['wire'] === wire)
              .map(reduceTime);
          return {
            what: `all-reduce of 44.7 MB at 1 Gbit/s, bf16 wire, ${topology}, ${workers} processes`,
            unit: 'ms',
            ours: of('bf16'),
            theirs: of('f32'),
            against: 'f32 wire',
            sense: 'at most',
            goal: 0.55,
          };
        }),
      ),
  };

  const two = train('resnet18', 2, 'f32');
  /** @type {Row} */
  const network = {
    id: 'network-wait',
    title: 'Time in which the engine waits for the network, ResNet-18, 2 workers',
    needs: [two],
    compare: (measured) => [
      waitLine(measured, two, 'network', {
        what: 'of a step: the engine waits for the network (ResNet-18, 2 workers)',
        goal: 3,
      }),
    ],
  };

  const jpegSteps = ['--batch', '64', '--steps', quick ? '40' : '160', '--warmup', '20', '--samples', '1024'];
  const jpeg = ours('gradsocket JPEG folder', [
    ...['train', '--model', 'cnn', '--workers', '2', '--engine', 'tensorflow', '--synthetic', 'jpeg'],
    ...['--image-size', '32', '--flip', '--crop-padding', '4', '--jitter', '0.2', ...jpegSteps],
  ]);
  /** @type {Row} */
  const data = {
    id: 'data-wait',
    title: 'Time in which the engine waits for data, JPEG files, augmented, after the first epoch',
    needs: [jpeg],
    compare: (measured) => [
      waitLine(measured, jpeg, 'data', {
        what: 'of a step: the engine waits for data (CNN, 2 workers, JPEG 128x128 to 32x32, augmented, from the second epoch on)',
        goal: 2,
      }),
    ],
  };

  const memoryPeers = peers('resnet18', 2, false, false);
  /** @type {Row} */
  const memory = {
    id: 'memory',
    title: 'Resident memory of a ResNet-18 worker against a DDP process',
    needs: [two, ...memoryPeers],
    compare: (measured) => [
      {
        what: 'resident memory of a ResNet-18 worker, 2 workers',
        unit: 'MiB',
        ours: measured.values(two, ({ workerPeakMiB }) => Math.max(...workerPeakMiB)),
        theirs: bestOf(
          memoryPeers.map((peer) => measured.values(peer, ({ peakMiB }) => peakMiB)),
          'at most',
        ),
        against: 'a DDP process',
        sense: 'at most',
        goal: 1.2,
      },
    ],
  };

  const wasmSteps = ['--batch', '64', '--steps', quick ? '8' : '20', '--warmup', '3'];
  const wasmArgs = ['train', '--model', 'cnn', '--workers', '1', '--engine', 'wasm', '--flip', '--crop-padding', '4'];
  const wasm = ours('gradsocket wasm', [...wasmArgs, ...wasmSteps]);
  const tfjsArgs = [join('bench', 'plain-tfjs.mjs'), ...wasmSteps];
  /** @type {Spec} */
  const plainTfjs = { key: 'plain tfjs', program: 'node', args: tfjsArgs };
  /** @type {Spec} */
  const sameKernels = { key: 'plain tfjs, our kernels', program: 'node', args: [...tfjsArgs, '--our-kernels'] };
  /** @type {Row} */
  const versusTfjs = {
    id: 'wasm',
    title: 'CNN with the wasm engine against plain tfjs, with the same kernels and with its own',
    needs: [wasm, sameKernels, plainTfjs],
    compare: (measured) =>
      [
        { peer: sameKernels, against: 'plain tfjs with the same kernels, one thread' },
        { peer: plainTfjs, against: 'plain tfjs, one thread' },
      ].map(({ peer, against }) => {
        const what = 'CNN, wasm engine, 1 worker';
        return speedLine(measured, wasm, peer, { what, against, goal: 1 });
      }),
  };

  const twoThreads = ours('gradsocket wasm, 2 threads', [...wasmArgs, '--threads', '2', ...wasmSteps]);
  /** @type {Row} */
  const wasmThreads = {
    id: 'wasm-cnn-2threads',
    title: 'CNN with the wasm engine, two threads against one',
    needs: [twoThreads, wasm],
    compare: (measured) => [
      speedLine(measured, twoThreads, wasm, {
        what: 'CNN, wasm engine, 1 worker with 2 threads',
        against: '1 thread',
        goal: 1.6,
      }),
    ],
  };

  /** A foreign program or two on the same cores: what both sides lose. @param {Model} model @param {number} load @returns {Row} */
  const busy = (model, load) => {
    const { title } = MODELS[model];
    const beside = (/** @type {Spec} */ spec) => ({ ...spec, key: `${spec.key}, ${load} beside`, load });
    const mine = beside(train(model, 2, 'f32'));
    const theirs = [...peers(model, 2, false, false), ...peers(model, 2, false, true)].map(beside);
    const programs = load === 1 ? 'one busy program' : `${load} busy programs`;
    return {
      id: `busy-${model}-${load}`,
      title: `${title}, 2 workers beside ${programs}, against DDP beside the same`,
      needs: [mine, ...theirs],
      compare: (measured) => [
        {
          what: `${title}, 2 workers, beside ${programs}`,
          unit: 'images/s',
          ours: measured.values(mine, meanSpeed),
          theirs: bestOf(
            theirs.map((spec) => measured.values(spec, meanSpeed)),
            'at least',
          ),
          against: 'DDP + Gloo beside the same, the better of plain and tuned malloc',
          sense: 'at least',
          goal: 1,
        },
      ],
    };
  };

  /** @param {string} key @param {readonly string[]} words @returns {Spec} */
  const launched = (key, words) => ({ key, program: 'node', args: [join('bench', 'launched.mjs'), ...words] });
  /** @param {string} key @param {readonly string[]} words @returns {Spec} */
  const scripted = (key, words) => ({
    key,
    program: 'python',
    args: [join('bench', 'pytorch', 'launched.py'), ...words],
  });

  const ownStart = launched('gradsocket start', ['start']);
  const theirStart = scripted('PyTorch start', [
    'cnn',
    '--batch',
    '32',
    '--size',
    '8',
    '--inputs',
    '1',
    '--steps',
    '1',
  ]);
  const firstStep = (/** @type {any} */ { firstStepSeconds }) => firstStepSeconds;
  /** @type {Row} */
  const starting = {
    id: 'start',
    title: 'From the command to the first committed step, CNN on digits, 2 workers, second start',
    needs: [ownStart, theirStart],
    compare: (measured) => {
      const line = {
        what: 'from launch to the first step, CNN on digits, 2 workers',
        unit: 's',
        sense: /** @type {const} */ ('at most'),
      };
      const own = measured.values(ownStart, firstStep);
      return [
        { ...line, ours: own, theirs: [], against: '', goal: 1.5 },
        { ...line, ours: own, theirs: measured.values(theirStart, firstStep), against: 'a script of DDP', goal: 1 },
      ];
    },
  };

  /** @param {Model} model @param {number} steps @param {number} goal @returns {Row} */
  const whole = (model, steps, goal) => {
    const { title, batch } = MODELS[model];
    const mine = launched(`gradsocket ${steps} steps of ${model}`, ['start', model, String(steps), 'made']);
    const theirs = scripted(`PyTorch ${steps} steps of ${model}`, [
      model,
      '--batch',
      String(batch),
      '--steps',
      String(steps),
    ]);
    const rate = (/** @type {any} */ { seconds }) => (2 * batch * steps) / seconds;
    return {
      id: `whole-${model}`,
      title: `${steps} steps of ${title}, everything included`,
      needs: [mine, theirs],
      compare: (measured) => [
        {
          what: `${steps} steps of ${title}, 2 workers, everything included`,
          unit: 'images/s',
          ours: measured.values(mine, rate),
          theirs: measured.values(theirs, rate),
          against: 'a script of DDP, everything included',
          sense: 'at least',
          goal,
        },
      ],
    };
  };

  const manyFiles = launched('gradsocket files', ['folder', quick ? '5000' : '50000']);
  /** @type {Row} */
  const folders = {
    id: 'files',
    title: `A folder of ${quick ? '5,000' : '50,000'} small files, first and second start`,
    needs: [manyFiles],
    compare: (measured) => {
      const line = (
        /** @type {string} */ what,
        /** @type {string} */ unit,
        /** @type {string} */ key,
        /** @type {number} */ goal,
      ) => ({
        what: `${quick ? '5,000' : '50,000'} small files: ${what}`,
        unit,
        ours: measured.values(manyFiles, (printed) => printed[key]),
        theirs: [],
        against: '',
        sense: /** @type {const} */ ('at most'),
        goal,
      });
      return [
        line('first step of the second start', 's', 'secondStartSeconds', 5),
        line('memory of the coordinator, second start', 'MiB', 'peakMiB', 150),
      ];
    },
  };

  const crowd = ours('gradsocket 5,000 workers', ['control', '--workers', '5000', '--steps', '5']);
  /** @type {Row} */
  const control = {
    id: 'control',
    title: 'A coordinator of 5,000 simulated workers on the same cores',
    needs: [crowd],
    compare: (measured) => {
      const line = (
        /** @type {string} */ what,
        /** @type {string} */ unit,
        /** @type {(printed: any) => number} */ pick,
        /** @type {number} */ goal,
      ) => ({
        what: `5,000 simulated workers: ${what}`,
        unit,
        ours: measured.values(crowd, pick),
        theirs: [],
        against: '',
        sense: /** @type {const} */ ('at most'),
        goal,
      });
      return [
        line('all have joined', 's', ({ joining }) => joining.milliseconds / 1000, 10),
        line('a step reported by all', 'ms', ({ report }) => report.latencyMilliseconds.median, 300),
      ];
    },
  };

  const hours = launched('gradsocket memory', ['memory', ...(quick ? ['1500', '400'] : [])]);
  /** @type {Row} */
  const growth = {
    id: 'growth',
    title: 'By how much memory grows with a thousand steps, and with a thousand evaluations',
    needs: [hours],
    compare: (measured) =>
      /** @type {const} */ (['steps', 'evaluations']).flatMap((of) =>
        /** @type {const} */ (['coordinator', 'worker']).map((who) => ({
          what: `memory of the ${who}: more after a thousand ${of}`,
          unit: 'MiB',
          ours: measured.values(hours, (printed) => printed[of][who].growthMiB),
          theirs: [],
          against: '',
          sense: /** @type {const} */ ('at most'),
          goal: 1,
        })),
      ),
  };

  /** @param {Model} model @returns {Row} */
  const evaluating = (model) => {
    const { title } = MODELS[model];
    const mine = launched(`gradsocket evaluation ${model}`, ['evaluation', model, '320']);
    const common = { model, workers: 2, batch: MODELS[model].batch, steps: 5, warmup: 2, bf16: false, evaluate: 320 };
    const theirs = [false, true].map((tuned) => ddp({ ...common, contiguous: false, tuned }));
    const evaluated = (/** @type {any} */ { evaluatedPerSecond }) => evaluatedPerSecond;
    const line = {
      what: `${title}, 2 workers: evaluation on 320 images`,
      unit: 'images/s',
      sense: /** @type {const} */ ('at least'),
    };
    return {
      id: `evaluation-${model}`,
      title: `${title}, 2 workers, images/s of evaluation on 320 images against training, and against PyTorch's`,
      needs: [mine, ...theirs],
      compare: (measured) => [
        {
          ...line,
          ours: measured.values(mine, evaluated),
          theirs: measured.values(mine, ({ trainedPerSecond }) => trainedPerSecond),
          against: 'training',
          goal: 3.5,
        },
        {
          ...line,
          ours: measured.values(mine, evaluated),
          theirs: bestOf(
            theirs.map((spec) => measured.values(spec, evaluated)),
            'at least',
          ),
          against: 'PyTorch in inference mode, sums by Gloo, the better of plain and tuned malloc',
          goal: 1,
        },
      ],
    };
  };

  const models = /** @type {const} */ (['resnet18', 'cnn']);
  return [
    ...models.flatMap((model) => [2, 1, 4].map((workers) => versusPeers(model, workers, 'f32'))),
    network,
    versusGloo(2, 'f32'),
    versusGloo(4, 'f32'),
    memory,
    ...models.map(versusLoop),
    ...models.map(scaling),
    data,
    starting,
    whole('cnn', 90, 1.2),
    whole('resnet18', 9, 1),
    ...models.flatMap((model) => [1, 2].map((load) => busy(model, load))),
    folders,
    control,
    growth,
    ...models.map(evaluating),
    ...models.flatMap((model) => [versusPeers(model, 2, 'bf16'), ...(bfloat16 ? [bf16VersusF32(model)] : [])]),
    ...models.flatMap((model) => [1, 4].map((workers) => versusPeers(model, workers, 'bf16'))),
    versusTfjs,
    wasmThreads,
    versusGloo(2, 'bf16'),
    versusGloo(4, 'bf16'),
    limitedNetwork,
  ];
}
