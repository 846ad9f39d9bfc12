import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GradsocketError } from '../../../src/shared/errors.ts';
import { parseConfig } from '../../../src/shared/job/config.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { coordinatorOptions, launchOptions, sweepOptions, workerOptions } from '../../../src/shared/job/options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { type SettingLayers, readSettings } from '../../../src/shared/job/settings.ts';

const fields = fieldsOf(jobSchema);
const config = (text: string) => parseConfig(text, 'job.yaml', fields);
const read = (layers: Partial<SettingLayers>) =>
  readSettings(jobSchema, { flags: {}, environment: {}, config: null, ...layers });

function refusal(act: () => unknown): { readonly message: string; readonly exitCode: number } {
  try {
    act();
  } catch (error) {
    if (error instanceof GradsocketError) return { message: error.message, exitCode: error.exitCode };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('readSettings', () => {
  it.each([
    ['1', 1],
    ['20', 20],
    ['0', false],
    ['on', true],
    ['false', false],
  ] as const)('takes a number where a flag may have one: --inspect %s', (text, value) => {
    expect(read({ flags: { inspect: text } }).values.inspect).toBe(value);
  });

  it('says that a flag that may have a number takes one', () => {
    expect(refusal(() => read({ flags: { inspect: 'often' } })).message).toMatch(
      /true, false or a whole number of at least 1/,
    );
    expect(refusal(() => read({ flags: { inspect: '-3' } })).exitCode).toBe(64);
  });

  it('takes the defaults of the schema where nothing is given', () => {
    const { values, sources } = read({});
    expect(values).toEqual(jobSchema.parse({}));
    expect(new Set([...sources.values()].map((source) => source.from))).toEqual(new Set(['default']));
  });

  it('puts flags before the environment, that before the file, that before defaults, for every subset of them', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.boolean(), (byFlag, byEnvironment, byFile) => {
        const { values, sources } = read({
          flags: byFlag ? { batch: '11' } : {},
          environment: byEnvironment ? { GRADSOCKET_BATCH: '12' } : {},
          config: byFile ? config('batch: 13') : null,
        });
        expect(values.batch).toBe(byFlag ? 11 : byEnvironment ? 12 : byFile ? 13 : 64);
        const from = byFlag ? 'flag' : byEnvironment ? 'environment' : byFile ? 'config' : 'default';
        expect(sources.get('batch')?.from).toBe(from);
      }),
    );
  });

  it('reads numbers, lists, choices and texts from the command line', () => {
    const { values } = read({ flags: { channels: '8, 16', lr: '1e-3', optimizer: 'adam', data: '/some where' } });
    expect(values).toMatchObject({ channels: [8, 16], lr: 0.001, optimizer: 'adam', data: '/some where' });
  });

  it('reads what the end of a line of Windows hangs on to', () => {
    const environment = {
      GRADSOCKET_LR: '0.5\r',
      GRADSOCKET_FLIP: 'true\r',
      GRADSOCKET_CHANNELS: '8,16\r',
      GRADSOCKET_OPTIMIZER: 'adam\r',
      GRADSOCKET_INSPECT: '5\r',
    };
    const expected = { lr: 0.5, flip: true, channels: [8, 16], optimizer: 'adam', inspect: 5 };
    expect(read({ environment }).values).toMatchObject(expected);
  });

  it('takes an empty environment variable for one that is not set', () => {
    expect(read({ environment: { GRADSOCKET_EPOCHS: '' } }).values.epochs).toBe(jobSchema.parse({}).epochs);
  });

  it.each([
    [{ batch: '0' }, '--batch 0: expects a whole number of at least 1.'],
    [{ batch: '0x10' }, '--batch 0x10: expects a whole number of at least 1.'],
    [{ batch: '' }, '--batch: expects a whole number of at least 1.'],
    [{ batch: '1.5' }, '--batch 1.5: expects a whole number of at least 1.'],
    [{ optimizer: 'adm' }, '--optimizer adm: did you mean adam? It is one of sgd, adam, adamw, rmsprop.'],
    [
      { optimizer: 'lion' },
      '--optimizer lion: expects one of sgd, adam, adamw, rmsprop, of which adamw is nearest to lion.',
    ],
    [{ dropout: '1' }, '--dropout 1: expects a number of at least 0 and below 1.'],
    [{ channels: '8,x' }, '--channels 8,x: expects a list of 1 to 16 whole numbers of at least 1, such as 32,64.'],
  ])('refuses the flag %j in a sentence, as wrong usage', (flags, message) => {
    expect(refusal(() => read({ flags }))).toEqual({ message, exitCode: 64 });
  });

  it('takes ~ for the home folder in paths, wherever they are given, and nothing else for anything', () => {
    const HOME = '/home/ada';
    const data = (text: string) => read({ flags: { data: text }, environment: { HOME } }).values.data;
    expect(data('~/pets')).toBe('/home/ada/pets');
    expect(data('~')).toBe('/home/ada');
    for (const literal of ['./~', './~/pets', '~ada/pets', 'pets/~', '$HOME/pets', 'digits']) {
      expect(data(literal)).toBe(literal);
    }
    expect(read({ environment: { HOME, GRADSOCKET_WEIGHTS: '~/w' } }).values.weights).toBe('/home/ada/w');
    expect(read({ environment: { HOME }, config: config('data: ~/pets') }).values.data).toBe('/home/ada/pets');
    const withToken = readSettings(launchOptions, {
      flags: { token: '~/secret', 'run-dir': '~/r' },
      environment: { HOME },
      config: null,
    });
    expect(withToken.values).toMatchObject({ token: '~/secret', runDir: '/home/ada/r' });
  });

  it('knows of every setting that is a path', () => {
    const paths = [jobSchema, launchOptions, coordinatorOptions, workerOptions, sweepOptions].flatMap((schema) =>
      fieldsOf(schema)
        .filter(({ isPath }) => isPath)
        .map(({ name }) => name),
    );
    expect([...new Set(paths)].toSorted()).toEqual([
      'class-weights',
      'data',
      'metrics-token-file',
      'run-dir',
      'sweep-dir',
      'tls-ca',
      'tls-cert',
      'tls-key',
      'token-file',
      'trace',
      'view-token-file',
      'weights',
    ]);
  });

  it('refuses the environment and the file as wrong configuration, and says where', () => {
    expect(refusal(() => read({ environment: { GRADSOCKET_SEED: '-1' } }))).toEqual({
      message: 'GRADSOCKET_SEED=-1: expects a whole number of at least 0.',
      exitCode: 78,
    });
    expect(refusal(() => read({ config: config('# job\nepochs: 3\nlr: fast\n') }))).toEqual({
      message: 'job.yaml:3: lr: fast: expects a number above 0, or auto.',
      exitCode: 78,
    });
  });

  it('refuses a mistake in the file even where a flag would hide it', () => {
    expect(refusal(() => read({ flags: { batch: '8' }, config: config('batch: 0') })).exitCode).toBe(78);
  });
});

describe('parseConfig', () => {
  it('takes an empty file for one without settings', () => {
    expect(config('# nothing yet\n').values.size).toBe(0);
  });

  it.each([
    ['epochs: 3\noptimzer: adam\n', 'job.yaml:2: unknown key `optimzer`: did you mean `optimizer`?'],
    ['epochs: 3\n\nimgeSize: 8\n', 'job.yaml:3: unknown key `imgeSize`: did you mean `image-size`?'],
    ['lr: 1\nlearning_rate: 1\n', 'job.yaml:2: learning_rate sets lr, which is there already. Keep one of them.'],
    ['scent: red\n', 'job.yaml:1: unknown key `scent`: gradsocket launch --help lists what there is.'],
    ['- epochs\n', 'job.yaml:1: settings are written as `epochs: 3`, one on each line, without a dash before them.'],
    [
      'data: pets\ntrain:\n  optimizer:\n    name: adam\n  batch_size: 32\n',
      'job.yaml:2: train has settings below it: all stand on the first level here, such as `batch: 32`, one on each line.',
    ],
    [
      'model:\n  name: resnet18\n',
      'job.yaml:1: model has settings below it: all stand on the first level here, such as `model: resnet18`, one on each line.',
    ],
    [
      'trainer:\n  frobnicate: {}\n',
      'job.yaml:1: trainer has settings below it: all stand on the first level here, such as `epochs: 3`, one on each line.',
    ],
    [
      'base: &b {lr: 1}\n<<: *b\n',
      'job.yaml:1: base has settings below it: all stand on the first level here, such as `lr: 1`, one on each line.',
    ],
    ['lr: &b 1\n<<: *b\n', 'job.yaml:2: settings that stand elsewhere are not put in here: write them out.'],
    ['epochs: 3\nepochs: 4\n', 'job.yaml:2: this is not valid YAML: Map keys must be unique.'],
  ])('refuses %j with the line', (text, message) => {
    expect(refusal(() => config(text))).toEqual({ message, exitCode: 78 });
  });

  it.each([
    ['flip: yes', { flip: true }],
    ['flip: Off\nbatch-norm: "on"', { flip: false, batchNorm: true }],
    ['data: 2024', { data: '2024' }],
    ['data: 1e3', { data: '1e3' }],
    ['data: on', { data: 'on' }],
    ['data: 2001-01-01', { data: '2001-01-01' }],
    ['epochs: 0x10', { epochs: 16 }],
    ['lr: 1e-3', { lr: 0.001 }],
    ['\ufeffepochs: 3\r\nbatch: 8\r\n', { epochs: 3, batch: 8 }],
    ['epochs: &e 3\nbatch: *e', { epochs: 3, batch: 3 }],
    ['channels: [&c 8, *c]', { channels: [8, 8] }],
    ['lr: ~', { lr: null }],
    ['epochs: "3"\nlr: "1e-3"', { epochs: 3, lr: 0.001 }],
    ['channels: 16,32', { channels: [16, 32] }],
    ['channels: 16', { channels: [16] }],
    ['normalize: [0.5, 0.25]', { normalise: '0.5,0.25' }],
    ['class-weights: [1, 2]', { classWeights: '[1,2]' }],
    ['epochs: " 3"', { epochs: 3 }],
    ['class-weights:\n  cat: 2\n  dog: 0.5\n', { classWeights: '{"cat":2,"dog":0.5}' }],
    ['class-weights: [2, 0.5]', { classWeights: '[2,0.5]' }],
    ['batch_size: 32\nimageSize: 8\noptimizer: AdamW', { batch: 32, imageSize: 8, optimizer: 'adamw' }],
  ])('reads %j as its author means it', (text, expected) => {
    expect(read({ config: config(text) }).values).toMatchObject(expected);
  });

  it.each([
    ['lr: .nan', 'job.yaml:1: lr: NaN: expects a number above 0, or auto.'],
    ['lr: .inf', 'job.yaml:1: lr: Infinity: expects a number above 0, or auto.'],
    ['epochs: 1_000', 'job.yaml:1: epochs: 1_000 is a number to some readers of YAML only. Write it without _.'],
    ['epochs: 012', 'job.yaml:1: epochs: 012 is one number to some readers of YAML and another to others.'],
    ['channels: [8, 0o17]', 'job.yaml:1: channels: 0o17 is one number'],
    ['epochs: 1:30', 'job.yaml:1: epochs: 1:30: expects a whole number of at least 1.'],
    ['epochs: 2001-01-01', 'job.yaml:1: epochs: 2001-01-01: expects a whole number of at least 1.'],
    ['flip: maybe', 'job.yaml:1: flip: maybe: expects true or false.'],
    ['epochs: 3\n---\nepochs: 4', 'a second document begins here. Keep one of them.'],
    ['lr: *rate', 'job.yaml:1: '],
    ['epochs:\n\t- 3', 'job.yaml:2: this is not valid YAML: '],
    ['[epochs, 3]', 'job.yaml:1: expects settings such as `epochs: 3`, one on each line.'],
  ])('says of %j what is wrong', (text, message) => {
    const refused = refusal(() => read({ config: config(text) }));
    expect(refused.message).toContain(message);
    expect(refused.exitCode).toBe(78);
  });

  it.each([
    ['epochs: 3\n  lr: 0.1\n', 'two settings share a line, or one is indented. '],
    ['epochs: 3 lr: 0.1\n', 'two settings share a line, or one is indented. '],
    ['epochs 3\nlr: 0.1\n', 'there is no `: ` between a name and its value. Write `epochs: 3`.'],
    ['lr: 0.1\nepochs 3\n', 'there is no `: ` between a name and its value. Write `epochs: 3`.'],
    ['  epochs: 3\nlr: 1\n', 'its lines do not begin in one column.'],
    ['channels: [1,2\n', 'a list has no ] at its end.'],
    ['data: "pets\n', 'a quote is not closed.'],
    ['data: "C:\\x"\n', 'in double quotes \\ changes what follows. '],
    ['data: @pets\n', 'a value that begins so stands in quotes.'],
  ])('says in our words what is wrong with %j', (text, message) => {
    expect(refusal(() => config(text)).message).toMatch(/^job\.yaml:[12]: /);
    expect(refusal(() => config(text)).message).toContain(`this is not valid YAML: ${message}`);
  });

  it('refuses YAML that is cut off, with the line', () => {
    expect(refusal(() => config('epochs: 3\nchannels: [32, 64\n')).message).toMatch(
      /^job\.yaml:[23]: this is not valid YAML: /,
    );
  });

  it('never throws anything but a sentence, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          read({ config: config(text) });
        } catch (error) {
          expect(error).toBeInstanceOf(GradsocketError);
        }
      }),
    );
  });
});

describe('a secret', () => {
  const layers = { flags: {}, environment: {}, config: null };
  const token = 'correct-horse-battery';
  const configured = (text: string) => parseConfig(text, 'job.yaml', fieldsOf(coordinatorOptions));

  it.each([
    ['a flag', { flags: { token: `${token}\n` } }],
    ['a variable', { environment: { GRADSOCKET_TOKEN: `${token}\r\n` } }],
    ['a file', { config: configured(`token: "${token}\\n"`) }],
  ] as const)('from %s comes without the line end that a Kubernetes Secret often has', (_, given) => {
    expect(readSettings(coordinatorOptions, { ...layers, ...given }).values.token).toBe(token);
  });

  it.each([
    ['a flag', { flags: { token: 'correct horse' } }, '--token: expects 8 to 1024 visible ASCII characters'],
    ['a variable', { environment: { GRADSOCKET_TOKEN: 'correct horse' } }, 'GRADSOCKET_TOKEN: expects 8 to 1024'],
    ['a file', { config: configured('token: correct horse') }, 'job.yaml:1: token: expects 8 to 1024'],
    ['a file, as a list', { config: configured('token: [horse, correct]') }, 'job.yaml:1: token: expects 8 to 1024'],
  ] as const)('that is wrong in %s is not shown', (_, given, sentence) => {
    const { message } = refusal(() => readSettings(coordinatorOptions, { ...layers, ...given }));
    expect(message).toContain(sentence);
    expect(message).not.toContain('horse');
  });
});

it.each([
  ['ws://me:pa55word@train.example', 'ws://…@train.example'],
  ['ws://train.example/?token=pa55word', 'ws://train.example/?token=…'],
])('a secret within an address that is refused is not shown: %s', (coordinator, shown) => {
  const layers = { flags: { coordinator }, environment: {}, config: null };
  const { message } = refusal(() => readSettings(workerOptions, layers));
  expect(message).toContain(`--coordinator ${shown}: it is host and port, `);
  expect(message).not.toContain('pa55word');
});
