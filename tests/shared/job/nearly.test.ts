import { describe, expect, it } from 'vitest';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { manifestOptions } from '../../../src/shared/job/manifest-options.ts';
import { nearly } from '../../../src/shared/job/nearly.ts';
import { coordinatorOptions, launchOptions, workerOptions } from '../../../src/shared/job/options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const adviceOf =
  (...schemas: readonly Parameters<typeof fieldsOf>[0][]) =>
  (flag: string, value: unknown): string | null =>
    nearly(schemas.flatMap((schema) => fieldsOf(schema)).find(({ name }) => name === flag)!, value, { from: 'flag' });
const advice = adviceOf(jobSchema, launchOptions);

describe('a number said in another way', () => {
  it.each([
    ['validation-split', '20', 'did you mean 0.2? It is a share of one, not per cent'],
    ['validation-split', 20, 'did you mean 0.2? It is a share of one, not per cent'],
    ['dropout', '12.5%', 'did you mean 0.125? It is a share of one, not per cent'],
    ['momentum', '90 %', 'did you mean 0.9? It is a share of one, not per cent'],
    ['image-size', '224x224', 'did you mean 224? It is one number: images are made square'],
    ['image-size', '(64, 48)', 'did you mean 64? It is one number: images are made square'],
    ['image-size', '[32,32,3]', 'did you mean 32? It is one number: images are made square'],
    ['image-size', [64, 64], 'did you mean 64? It is one number: images are made square'],
    ['kernel', '3x3', 'did you mean 3? It is one number: filters are square'],
    ['image-size', '64px', 'did you mean 64? It is a whole number of at least 8 and at most 1024, without a unit'],
    ['epochs', '10 epochs', 'did you mean 10? It is a whole number of at least 1, without a unit'],
    ['batch', '1_024', 'did you mean 1024? It is written without separators'],
    ['lr', '0,001', 'did you mean 0.001? It is written with a point'],
    ['weight-decay', ',0005', 'did you mean 0.0005? It is written with a point'],
    ['clip-norm', '1,5', 'did you mean 1.5? It is written with a point'],
    ['batch', '1,024', 'did you mean 1024? It is written without separators'],
    ['steps', '10k', 'did you mean 10000? It is written out'],
    ['max-pixels', '100MP', 'did you mean 100000000? It is written out'],
    ['seed', '18446744073709551615', /^it is more than 9007199254740991, /],
    ['lr', '1/256', 'did you mean 0.00390625? It is one number, nothing that is computed'],
    ['lr', '10^-3', 'did you mean 0.001? It is one number, nothing that is computed'],
    ['batch', '2**6', 'did you mean 64? It is one number, nothing that is computed'],
    ['stall-seconds', '5m', 'did you mean 300? It is in seconds, without a unit'],
    ['stall-seconds', '1500 ms', 'did you mean 1.5? It is in seconds, without a unit'],
    ['linger', '0.5h', 'did you mean 1800? It is in seconds, without a unit'],
  ])('--%s %s: %s', (flag, value, sentence) => {
    expect(advice(flag, value)).toEqual(typeof sentence === 'string' ? sentence : expect.stringMatching(sentence));
  });
});

describe('a value that is to be none, or to be chosen', () => {
  it.each([
    ['weight-decay', 'none', 'did you mean 0'],
    ['warmup-steps', 'off', 'did you mean 0'],
    ['mixup', 'off', 'did you mean 0'],
    ['clip-norm', 'off', "did you mean --clip-norm ''? That leaves it out"],
    ['clip-norm', '0', "did you mean --clip-norm ''? That leaves it out"],
    ['clip-norm', 'inf', "did you mean --clip-norm ''? That leaves it out"],
    ['patience', '0', 'leave it out for the default (off), or write a whole number of at least 1'],
    ['steps', '-1', 'leave it out, or write a whole number of at least 1'],
    ['epochs', 'all', 'leave it out for 20, or write a whole number of at least 1'],
    ['batch', 'auto', /^leave it out for 64, or write a number: a batch decides/],
    ['workers', 'auto', /^leave it out for 2, or write how many/],
    ['seed', 'random', /^write a number: /],
    ['channels', 'auto', /^leave it out for 32,64,128, or write a list of 1 to 16 whole numbers/],
    ['lr', 'best', /^did you mean auto\?/],
    ['lr', 'automatic', 'did you mean auto'],
    ['cores', 'all', /^leave it out for the default \(those of this machine, shared out\), or write/],
    ['resume', 'last', /--resume alone/],
  ])('--%s %s: %s', (flag, value, sentence) => {
    expect(advice(flag, value)).toEqual(typeof sentence === 'string' ? sentence : expect.stringMatching(sentence));
  });
});

it('what is left out is null in a file and in a program, and nothing on a command line', () => {
  const clipNorm = fieldsOf(jobSchema).find(({ name }) => name === 'clip-norm')!;
  const file = { from: 'config', file: 'job.yaml', line: 1 } as const;
  const variable = { from: 'environment', variable: 'GRADSOCKET_CLIP_NORM' } as const;
  expect(nearly(clipNorm, 'none', file)).toBe('did you mean null? That leaves it out');
  expect(nearly(clipNorm, 0, { from: 'call' })).toBe('did you mean null? That leaves it out');
  expect(nearly(clipNorm, 'none', variable)).toBe("did you mean --clip-norm ''? That leaves it out");
});

describe('several values in the place of one', () => {
  it.each([
    ['batch', '32,64', 'it is one value; gradsocket sweep --batch 32,64 compares several'],
    ['batch', [32, 64], 'it is one value; gradsocket sweep --batch 32,64 compares several'],
    ['lr', '1e-3, 1e-4', 'it is one value; gradsocket sweep --lr 1e-3,1e-4 compares several'],
    ['optimizer', 'sgd,Adam', 'it is one value; gradsocket sweep --optimizer sgd,Adam compares several'],
    ['optimizer', '[sgd, adam]', 'it is one value; gradsocket sweep --optimizer sgd,adam compares several'],
    ['workers', '2,4', 'it is one value, such as 2'],
  ])('--%s %s: %s', (flag, value, sentence) => {
    expect(advice(flag, value)).toBe(sentence);
  });
});

describe('a choice with settings of its own', () => {
  it.each([
    [
      'optimizer',
      'SGD(momentum=0.9)',
      'did you mean sgd? What stands in parentheses are flags of their own: --momentum 0.9',
    ],
    [
      'optimizer',
      'Adam(params, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)',
      'did you mean adam? What stands in parentheses are flags of their own: --lr 1e-3 --weight-decay 0.1',
    ],
    ['activation', 'LeakyReLU(0.1)', 'did you mean leaky_relu? What stands in parentheses are flags of their own'],
  ])('--%s %s: %s', (flag, value, sentence) => {
    expect(advice(flag, value)).toBe(sentence);
  });
});

describe('a list that is written in another way', () => {
  it.each(['[16, 32]', '(16,32)', '16 32', '16x32', '16;32', '16,32,', '"16,32"', ['16', '32']])('%j', (value) => {
    expect(advice('channels', value)).toMatch(/^did you mean 16,32\? /);
  });
});

describe('a value that is right but for how it came here', () => {
  it.each([
    ['batch', '"32"', 'did you mean 32? Quotes around it became a part of it'],
    ['optimizer', "'adam'", 'did you mean adam? Quotes around it became a part of it'],
    ['optimizer', '“adam”', 'did you mean adam? Quotes around it became a part of it'],
    ['lr', '1e−3', 'did you mean 1e-3? Its dash is none of those on a keyboard'],
    ['batch', '３２', 'did you mean 32? It was written in characters that only look alike'],
    ['epochs', '=3', 'did you mean 3? One = between flag and value is enough'],
    ['epochs', '3,', 'did you mean 3? Nothing stands behind it'],
    ['lr', 'AUTO', 'did you mean auto? It is written in small letters'],
  ])('--%s %s: %s', (flag, value, sentence) => {
    expect(advice(flag, value)).toBe(sentence);
  });

  it.each([
    ['listen', '7070', 'did you mean 127.0.0.1:7070? With 0.0.0.0 in its place workers elsewhere reach it'],
    ['listen', ':7070', 'did you mean 127.0.0.1:7070? With 0.0.0.0 in its place workers elsewhere reach it'],
    ['listen', '0.0.0.0', 'did you mean 0.0.0.0:7070? It has a port'],
    ['listen', 'http://localhost:8080/', 'did you mean localhost:8080? It has no scheme'],
    ['listen', '::1:7070', 'did you mean [::1]:7070? An IPv6 address stands in brackets'],
    ['listen', '*:7070', 'did you mean 127.0.0.1:7070? With 0.0.0.0 in its place workers elsewhere reach it'],
    ['listen', 'localhost:', 'did you mean localhost:7070? It has a port'],
    ['listen', '[::1]', 'did you mean [::1]:7070? It has a port'],
    ['listen', '::', 'did you mean [::]:7070? It has a port'],
    ['listen', '2001:db8::1', 'did you mean [2001:db8::1]:7070? It has a port'],
    ['listen', '127.0.0.1:7070/', 'did you mean 127.0.0.1:7070? Nothing stands behind it'],
    ['listen', '127.0.0.1:7070,127.0.0.2:7070', 'it is one address, in which nothing parts several'],
    ['listen', '[fe80::1%lo]:0', /^a network card behind % means something to one machine alone/],
    ['coordinator', '[fe80::1%lo]', /^a network card behind % means something to one machine alone/],
    ['coordinator', 'tcp://10.0.0.5:7070', 'did you mean 10.0.0.5:7070? It has no scheme'],
    ['coordinator', 'ws:/host:7070', 'did you mean ws://host:7070? Behind its scheme are two slashes'],
    ['coordinator', 'localhost:', 'did you mean localhost? There is no port behind the colon'],
    ['coordinator', '7070', 'did you mean 127.0.0.1:7070? That is this machine; of another one its name stands there'],
    [
      'coordinator',
      '*:7070',
      'did you mean 127.0.0.1:7070? That is this machine; of another one its name stands there',
    ],
    ['coordinator', 'here,there', 'it is one address, in which nothing parts several'],
    ['coordinator', 'ws://user:secret@host', /the secret of a run is given by --token$/],
    ['coordinator', 'ws://host:7070?token=secret', /the secret of a run is given by --token$/],
    ['advertise', '0.0.0.0', /^nobody is reached there: write the address at which others reach this machine$/],
    ['advertise', '[::]:70', /^nobody is reached there/],
    ['advertise', 'host:', 'did you mean host? There is no port behind the colon'],
    ['cache-memory', '1,5GiB', 'did you mean 1.5GiB? It is written with a point'],
    ['cache-memory', 'auto', /^leave it out for the default \(1GiB, .*\), or write a size such as 512MiB or 2GiB$/],
  ])('of coordinator and worker, --%s %s: %s', (flag, value, sentence) => {
    expect(adviceOf(coordinatorOptions, workerOptions)(flag, value)).toEqual(
      typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
    );
  });

  it.each([
    ['memory', '4GB', 'did you mean 4Gi? It is in Ki, Mi, Gi or Ti'],
    ['memory', '512m', 'did you mean 512Mi? It is in Ki, Mi, Gi or Ti'],
    ['name', 'My_Pets', 'did you mean my-pets? It has small letters, and dashes between words'],
  ])('in a cluster, --%s %s: %s', (flag, value, sentence) => {
    expect(adviceOf(manifestOptions)(flag, value)).toBe(sentence);
  });
});

it.each([
  ['validation-split', '200'],
  ['dropout', '1'],
  ['dropout', '1.5'],
  ['validation-split', '-20'],
  ['image-size', '4x4'],
  ['image-size', 'large'],
  ['batch', '0'],
  ['batch', '0,001'],
  ['epochs', 'off'],
  ['epochs', ''],
  ['batch', '64x2'],
  ['batch', { of: 64 }],
  ['lr', '1/0'],
  ['channels', '16,x'],
  ['flip', 'maybe'],
  ['optimizer', '20%'],
  ['optimizer', 'frobnicate(1)'],
])('has no advice for --%s %s', (flag, value) => {
  expect(advice(flag, value)).toBeNull();
});

it('a place for a run is a path that no shell has left anything in', () => {
  expect(advice('run-dir', '$HOME/runs')).toBe('a variable in it was not replaced by its value');
  expect(
    fieldsOf(launchOptions)
      .find(({ name }) => name === 'run-dir')!
      .schema.safeParse('$HOME/runs').success,
  ).toBe(false);
});

it('a run that goes on is named by its folder', () => {
  const resume = fieldsOf(launchOptions).find(({ name }) => name === 'resume')!;
  expect(resume.expects).toMatch(/^nothing behind it, or auto; the folder is named by --run-dir/);
  expect(nearly(resume, 'runs/x', { from: 'flag' })).toBeNull();
});

it('shows no secret', () => {
  expect(adviceOf(coordinatorOptions)('token', '"correct-horse')).toBeNull();
  expect(adviceOf(coordinatorOptions)('token', 'correct-horse battery')).toBeNull();
});
