import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadModel, train } from '../../src/api/index.ts';
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
  [{}, null, 'train: options are an object, such as { workers: 2 }.'],
  [{}, { epochs: 2 }, 'There is no setting `epochs`: it belongs to the other argument of train.'],
  [{}, { signal: 3 }, 'signal is 3: expects an AbortSignal.'],
  [{}, { onEvent: 'step' }, "onEvent is 'step': expects a function."],
])('%j with %j is refused at once, in the words of programs', (settings, options, sentence) => {
  expect(() => train(settings as object, options as object)).toThrow(
    expect.objectContaining({ name: 'GradsocketError', exitCode: 64, message: sentence }) as Error,
  );
});

it('understands what is certain, in either spelling', () => {
  expect(checkGiven({ learningRate: 0.1, colour: 'rgb', classWeights: undefined }, { workers: 3 })).toEqual({
    job: { lr: 0.1, colour: 'rgb' },
    options: { workers: 3 },
  });
});

it.each([
  [null, "loadModel: options are an object, such as { checkpoint: 'newest' }."],
  [{ engine: 'gpu' }, /^engine 'gpu': /],
  [{ threads: 0 }, /^threads 0: /],
  [{ threads: '2' }, /^threads '2': expects a whole number/],
  [{ checkpoint: 3 }, 'checkpoint 3: expects best, newest, or the path of a checkpoint.'],
  [{ maxPixels: -1 }, /^maxPixels -1: /],
  [{ batch: 3 }, 'There is no setting `batch`. docs/api.md lists them.'],
  [{ onWarning: true }, 'onWarning is true: expects a function.'],
])('loadModel refuses %j before it reads anything', async (options, sentence) => {
  await expect(loadModel('nowhere', options as object)).rejects.toMatchObject({
    name: 'GradsocketError',
    exitCode: 64,
    message: typeof sentence === 'string' ? sentence : (expect.stringMatching(sentence) as string),
  });
});

it.each([
  [new URL('http://host/run'), 'http://host/run'],
  ['file://host/run', 'file://host/run'],
  ['', 'an empty text'],
  [3, 'number'],
])('loadModel takes %j for no path', async (place, what) => {
  await expect(loadModel(place as string)).rejects.toMatchObject({
    code: 'PATH_KIND',
    message: `Expects a path or a file: URL, not ${what}.`,
  });
});

it('loadModel takes an address as text for the path that it means', async () => {
  await expect(loadModel('file:///no%20where')).rejects.toMatchObject({
    code: 'NO_RUN',
    message: expect.stringContaining('/no where is no folder') as string,
  });
});

it('what turns out later is told in the words of programs, too, to whoever waits and to whoever iterates', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gradsocket-api-'));
  const missing = join(folder, 'nowhere');
  const run = train({ data: missing }, { runDir: join(folder, 'run') });
  const told = expect.objectContaining({
    code: 'DATA_NOT_FOUND',
    message: expect.stringMatching(/does not exist\. Check data: it takes/) as string,
  }) as Error;
  const iterated = (async () => {
    for await (const event of run) expect(event.type).not.toBe('step');
  })();
  await expect(run.done).rejects.toEqual(told);
  await expect(iterated).rejects.toEqual(told);
  await rm(folder, { recursive: true });
});
