import { expect, it } from 'vitest';
import { type Plan, planOf } from '../../../src/cli/manifest/plan.ts';
import { claims } from '../../../src/cli/manifest/storage.ts';
import { manifestOptions } from '../../../src/shared/job/manifest-options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { readSettings } from '../../../src/shared/job/settings.ts';

function planned(flags: Readonly<Record<string, string | boolean>>): Plan {
  const layers = { flags, environment: {}, config: null };
  return planOf(readSettings(manifestOptions, layers), readSettings(jobSchema, layers), '1.2.3');
}

it.each([
  ['a number of workers below one', { workers: '-1' }, /^--workers -1: expects a whole number of at least 1/],
  ['more workers than microbatches', { workers: '9' }, /Add --microbatches 9/],
  ['fewer at most than at first', { workers: '4', 'max-workers': '2' }, /^--max-workers 2 is fewer than --workers 4/],
  ['a rate that only launch finds', { lr: 'auto' }, /^--lr auto is for gradsocket launch/],
  ['two GPUs for a worker', { gpus: '2' }, /^--gpus 2: expects 0 or 1: a worker computes on one GPU/],
  ['a unit that Kubernetes has not', { memory: '2GiB' }, /^--memory 2GiB: did you mean 2Gi\?/],
  ['a number of bytes', { memory: '4' }, /^--memory 4: expects a quantity/],
  ['no processor', { cpus: '0' }, /^--cpus 0: expects processors/],
  ['more processors than any node has', { cpus: '1000000000' }, /^--cpus 1000000000: expects .* at most 4096/],
  ['more processors, in thousandths', { cpus: '4096001m' }, /^--cpus 4096001m: expects .* at most 4096/],
  ['more memory than any node has', { memory: '9999999Ti' }, /^--memory 9999999Ti: expects .* at most 64Ti/],
  ['a volume beyond all bounds', { 'data-size': '9999999Ti' }, /^--data-size 9999999Ti: expects .* at most 1048576Ti/],
  ['a name of more workers that is too long', { add: 'a'.repeat(21) }, /^--add a+: expects .* up to 20 small letters/],
  ['an image with a scheme', { image: 'https://x.example/y:1' }, /^--image https.*: did you mean x\.example\/y:1\?/],
  ['a path of an image with capitals', { image: 'team/Gradsocket:1' }, /did you mean team\/gradsocket:1\?/],
  ['a tag that is none', { image: 'x:.a' }, /^--image x:\.a: expects an image such as/],
  ['less than a thousandth of one', { cpus: '0.0001' }, /^--cpus 0.0001: expects processors/],
  ['an amount of memory below zero', { memory: '-4Gi' }, /^--memory -4Gi: expects a quantity/],
  ['a worker in too little memory', { memory: '64Mi' }, /^--memory 64Mi: a process needs 256Mi at least/],
  [
    'a cache that fills all of it',
    { memory: '1Gi', 'cache-memory': '1GiB' },
    /^--cache-memory 1GiB does not fit into --memory 1Gi/,
  ],
  ['a name with capitals', { name: 'Pets' }, /^--name Pets: did you mean pets\?/],
  ['a name with an underscore', { name: 'my_pets' }, /^--name my_pets: did you mean my-pets\?/],
  ['a name with a digit first', { name: '4pets' }, /^--name 4pets: expects a name/],
  ['a name with a dash last', { name: 'pets-' }, /^--name pets-: expects a name/],
  ['a name that makes host names too long', { name: 'p'.repeat(31) }, /up to 30 small letters/],
  ['a namespace that is none', { namespace: 'a.b' }, /^--namespace a.b: expects a name/],
  ["Kubernetes's own namespace", { namespace: 'kube-system' }, /names that begin with kube-/],
  [
    'a class of volumes that is no name',
    { 'storage-class': 'Fast SSD' },
    /^--storage-class Fast SSD: did you mean fast-ssd\?/,
  ],
  [
    'an image that is none',
    { image: 'Gradsocket Latest' },
    /^--image Gradsocket Latest: did you mean gradsocket-latest\?/,
  ],
  [
    'a folder of this machine',
    { data: '/home/ann/pets' },
    /^--data \/home\/ann\/pets: .* below \/data .* name it \/data\/NAME/,
  ],
  ['a path beside a volume', { data: '/database/pets' }, /^--data \/database\/pets: in the containers/],
  ['a path that leads out of a volume', { data: '/data/../etc' }, /^--data \/data\/\.\.\/etc: in the containers/],
  ['weights of this machine', { weights: 'resnet.safetensors' }, /^--weights .*: in the containers/],
])('%s is refused in one sentence', (_, flags, sentence) => {
  expect(() => planned(flags)).toThrow(sentence);
});

it.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['not named, it is the cluster that chooses', {}, undefined],
  ['a name', { 'storage-class': 'fast-ssd' }, 'fast-ssd'],
  ['an empty one is a value of Kubernetes, too: that of volumes made by hand', { 'storage-class': '' }, ''],
])('the class of new volumes: %s', (_, flags, written) => {
  const specs = claims(planned(flags)).map(({ spec }) => spec);
  expect(specs.map((spec) => spec?.storageClassName)).toEqual([written, written]);
});

it('a job.yaml has what was asked for, and what everybody looks for', () => {
  expect(planned({ 'label-smoothing': '0.1' }).job).toEqual({
    data: 'digits',
    model: 'cnn',
    'label-smoothing': 0.1,
    batch: 64,
    epochs: 20,
    engine: 'auto',
  });
});

it('with a GPU no worker falls back to the processor unnoticed', () => {
  const plan = planned({ gpus: '1' });
  expect(plan.job['engine']).toBe('tensorflow');
  expect(plan.image).toBe('gradsocket:1.2.3-cuda');
  expect(planned({ gpus: '1', engine: 'wasm' }).job['engine']).toBe('wasm');
});

it('workers may be added while it runs, as many as there are microbatches', () => {
  expect(planned({ workers: '2', batch: '128' }).maxWorkers).toBe(8);
  expect(planned({ workers: '2', microbatches: '16' }).maxWorkers).toBe(16);
  expect(planned({ workers: '2', 'max-workers': '3' }).maxWorkers).toBe(3);
});
