import { expect, it } from 'vitest';
import { train } from '../../src/api/index.ts';
import { checkGiven } from '../../src/api/given.ts';

it.each([
  [{ lr: 'fast' }, {}, "lr 'fast': expects a number above 0, or auto."],
  [{ imageSize: 4 }, {}, 'imageSize 4: expects a whole number of at least 8 and at most 1024.'],
  [
    { optimizer: 'lion' },
    {},
    "optimizer 'lion': expects one of sgd, adam, adamw, rmsprop, of which adamw is nearest to lion.",
  ],
  [{ epocs: 3 }, {}, 'There is no setting `epocs`: did you mean `epochs`?'],
  [{ workers: 3 }, {}, 'There is no setting `workers`: it belongs to the other argument of train.'],
  [{ frobnicate: 3 }, {}, 'There is no setting `frobnicate`. docs/api.md lists them.'],
  [{ lr: 0.1, learningRate: 0.2 }, {}, 'learningRate sets lr, which is there, too. Keep one.'],
  [
    { batch: 8, microbatches: 16 },
    {},
    'batch 8 leaves some of microbatches 16 without samples. Raise it to 16 or lower microbatches.',
  ],
  [{}, { workers: 0 }, 'workers 0: expects a whole number of at least 1 and at most 4096.'],
  [
    {},
    { minWorkers: 3 },
    'minWorkers 3 is more than workers 2, with which the run starts. Lower it to 2, or raise workers.',
  ],
  [[], {}, 'train: settings are an object, such as { epochs: 3 }.'],
])('%j with %j is refused at once, in the words of programs', (settings, options, sentence) => {
  expect(() => train(settings as object, options)).toThrow(
    expect.objectContaining({ name: 'GradsocketError', exitCode: 64, message: sentence }) as Error,
  );
});

it('understands what is certain, in either spelling', () => {
  expect(checkGiven({ learningRate: 0.1, colour: 'rgb', classWeights: undefined }, { workers: 3 })).toEqual({
    job: { lr: 0.1, colour: 'rgb' },
    options: { workers: 3 },
  });
});
