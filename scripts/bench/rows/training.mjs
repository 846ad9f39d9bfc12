// @ts-check
// Images a second in training: against DDP, the plain loop, one worker, float32, and beside other programs.
import { asWorker, ddp } from '../measurements.mjs';
import { MODELS, peers, stepsOf, train } from './models.mjs';
import { best, meanSpeed, speed, speedLine } from './row.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('./row.mjs').Spec} Spec */
/** @typedef {import('./models.mjs').Model} Model */

/** @param {boolean} quick @param {Model} model @param {number} workers @param {'f32' | 'bf16'} precision @returns {Row} */
export const versusPeers = (quick, model, workers, precision) => {
  const { title, goal, tunedGoal, stretch } = MODELS[model];
  const bf16 = precision === 'bf16';
  const mine = train(quick, model, workers, precision);
  const [plain, tuned] = [peers(quick, model, workers, bf16, false), peers(quick, model, workers, bf16, true)];
  // It compiles for a minute first: the short table goes without.
  const common = {
    model,
    workers,
    batch: MODELS[model].batch,
    steps: stepsOf(quick, model),
    warmup: MODELS[model].warmup,
  };
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

/** @param {boolean} quick @param {Model} model @returns {Row} */
export const versusLoop = (quick, model) => {
  const { title, batch, warmup } = MODELS[model];
  const sizes = ['--batch', batch, '--steps', stepsOf(quick, model), '--warmup', warmup].map(String);
  const mine = train(quick, model, 1, 'f32');
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

/** @param {boolean} quick @param {Model} model @returns {Row} */
export const scaling = (quick, model) => {
  const [two, one] = [train(quick, model, 2, 'f32'), train(quick, model, 1, 'f32')];
  return {
    id: `scaling-${model}`,
    title: `${MODELS[model].title}, two workers against one`,
    needs: [two, one],
    compare: (measured) => [
      speedLine(measured, two, one, { what: `${MODELS[model].title}, 2 workers`, against: '1 worker', goal: 1.6 }),
    ],
  };
};

/** @param {boolean} quick @param {Model} model @returns {Row} */
export const bf16VersusF32 = (quick, model) => {
  const [narrow, wide] = [train(quick, model, 2, 'bf16'), train(quick, model, 2, 'f32')];
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

/** A foreign program or two on the same cores: what both sides lose. @param {boolean} quick @param {Model} model @param {number} load @returns {Row} */
export const busy = (quick, model, load) => {
  const { title } = MODELS[model];
  const beside = (/** @type {Spec} */ spec) => ({ ...spec, key: `${spec.key}, ${load} beside`, load });
  const mine = beside(train(quick, model, 2, 'f32'));
  const theirs = [...peers(quick, model, 2, false, false), ...peers(quick, model, 2, false, true)].map(beside);
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
        theirs: best(measured, theirs, meanSpeed),
        against: 'DDP + Gloo beside the same, the better of plain and tuned malloc',
        sense: 'at least',
        goal: 1,
      },
    ],
  };
};
