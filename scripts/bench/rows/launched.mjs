// @ts-check
// Whole runs, as a person waits for them, and what grows with them.
import { join } from 'node:path';
import { ddp, ours } from '../measurements.mjs';
import { MODELS } from './models.mjs';
import { best, goalLine } from './row.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('./row.mjs').Spec} Spec */
/** @typedef {import('./models.mjs').Model} Model */

/** @param {string} key @param {readonly string[]} words @returns {Spec} */
const launched = (key, words) => ({ key, program: 'node', args: [join('bench', 'launched.mjs'), ...words] });
/** @param {string} key @param {readonly string[]} words @returns {Spec} */
const scripted = (key, words) => ({
  key,
  program: 'python',
  args: [join('bench', 'pytorch', 'launched.py'), ...words],
});

/** @returns {Row} */
export function starting() {
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
  return {
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
}

/** @param {Model} model @param {number} steps @param {number} goal @returns {Row} */
export const whole = (model, steps, goal) => {
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

/** @param {boolean} quick @returns {Row} */
export function folders(quick) {
  const manyFiles = launched('gradsocket files', ['folder', quick ? '5000' : '50000']);
  return {
    id: 'files',
    title: `A folder of ${quick ? '5,000' : '50,000'} small files, first and second start`,
    needs: [manyFiles],
    compare: (measured) => {
      const line = (/** @type {string} */ key, /** @type {{ what: string, unit: string, goal: number }} */ told) =>
        goalLine(measured, manyFiles, (printed) => printed[key], told);
      const files = `${quick ? '5,000' : '50,000'} small files`;
      return [
        line('secondStartSeconds', { what: `${files}: first step of the second start`, unit: 's', goal: 5 }),
        line('peakMiB', { what: `${files}: memory of the coordinator, second start`, unit: 'MiB', goal: 150 }),
      ];
    },
  };
}

/** @returns {Row} */
export function control() {
  const crowd = ours('gradsocket 5,000 workers', ['control', '--workers', '5000', '--steps', '5']);
  return {
    id: 'control',
    title: 'A coordinator of 5,000 simulated workers on the same cores',
    needs: [crowd],
    compare: (measured) => [
      goalLine(measured, crowd, ({ joining }) => joining.milliseconds / 1000, {
        what: '5,000 simulated workers: all have joined',
        unit: 's',
        goal: 10,
      }),
      goalLine(measured, crowd, ({ report }) => report.latencyMilliseconds.median, {
        what: '5,000 simulated workers: a step reported by all',
        unit: 'ms',
        goal: 300,
      }),
    ],
  };
}

/** @param {boolean} quick @returns {Row} */
export function growth(quick) {
  const hours = launched('gradsocket memory', ['memory', ...(quick ? ['1500', '400'] : [])]);
  return {
    id: 'growth',
    title: 'By how much memory grows with a thousand steps, and with a thousand evaluations',
    needs: [hours],
    compare: (measured) =>
      /** @type {const} */ (['steps', 'evaluations']).flatMap((of) =>
        /** @type {const} */ (['coordinator', 'worker']).map((who) =>
          goalLine(measured, hours, (printed) => printed[of][who].growthMiB, {
            what: `memory of the ${who}: more after a thousand ${of}`,
            unit: 'MiB',
            goal: 1,
          }),
        ),
      ),
  };
}

/** @param {Model} model @returns {Row} */
export const evaluating = (model) => {
  const { title } = MODELS[model];
  const mine = launched(`gradsocket evaluation ${model}`, ['evaluation', model, '320']);
  const common = { model, workers: 2, batch: MODELS[model].batch, steps: 5, warmup: 2, bf16: false, evaluate: 320 };
  // In the layout that was the faster one on every processor that was tried.
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
        theirs: best(measured, theirs, evaluated),
        against: 'PyTorch in inference mode, sums by Gloo, the better of plain and tuned malloc',
        goal: 1,
      },
    ],
  };
};
