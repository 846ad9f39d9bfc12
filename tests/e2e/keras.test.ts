import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { kerasFile } from '../../src/cli/export/keras.ts';
import { Classifier } from '../../src/cli/trained/classifier.ts';
import { imagesFor, modelOf, RESNET } from '../cli/export/exported.ts';
import { temporaryFolder } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** PYTHON names another one. */
const PYTHON = process.env['PYTHON'] ?? 'python3';
const execute = promisify(execFile);

const MODELS = {
  'the CNN': modelOf({ channels: [4, 6], dense: 8, dropout: 0.3, batchNorm: true, activation: 'sigmoid' }, [12, 10, 3]),
  'the CNN with mean pools and leaky_relu': modelOf(
    { channels: [4], pool: 'avg', activation: 'leaky_relu' },
    [9, 7, 1],
  ),
  'ResNet-18 with the 3x3 stem': modelOf({ ...RESNET, activation: 'tanh' }, [15, 17, 1]),
  'ResNet-18 with the 7x7 stem': modelOf({ ...RESNET, activation: 'leaky_relu' }, [97, 99, 3]),
};

/** Loads each model and prints its logits, as anybody would. */
const PROGRAM = `import json, sys, keras, numpy as np
answers = []
for case in json.load(open(sys.argv[1])):
    model = keras.saving.load_model(case['file'])
    pixels = np.array(case['pixels'], 'float32').reshape(case['shape'])
    answers.append(model.predict(pixels, verbose=0).reshape(-1).tolist())
print(json.dumps(answers))`;

describe('a model exported to Keras gives the logits of the run', () => {
  it(`in Keras: ${Object.keys(MODELS).join(', ')}`, async ({ skip }) => {
    const there = await execute(PYTHON, ['-c', 'import keras; assert keras.__version__ >= "3"']).catch(() => null);
    skip(there === null, 'Python here has no keras 3');
    const cases: object[] = [];
    const ours: Float32Array[] = [];
    for (const model of Object.values(MODELS)) {
      const file = path.join(folder, `${cases.length}.keras`);
      writeFileSync(file, kerasFile(model, '0.0.0'));
      const images = imagesFor(model, 2);
      const classifier = await Classifier.create(model, 'wasm', 1);
      ours.push(Float32Array.from((await classifier.run(images, new Int32Array(2))).logits));
      cases.push({ file, shape: [2, ...model.network.input], pixels: images.flatMap((image) => [...image]) });
    }
    const list = path.join(folder, 'cases.json');
    writeFileSync(list, JSON.stringify(cases));
    const { stdout } = await execute(PYTHON, ['-c', PROGRAM, list]);
    const theirs = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as number[][];
    for (const [index, logits] of ours.entries()) {
      const scale = Math.max(...logits.map(Math.abs));
      logits.forEach((logit, at) => expect(Math.abs(theirs[index]![at]! - logit) / scale).toBeLessThan(1e-5));
    }
  });
});
