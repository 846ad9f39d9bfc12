import { describe, expect, it } from 'vitest';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { commandMeant, flagMeant, kebab, valueMeant } from '../../../src/shared/job/meaning.ts';
import { launchOptions, sweepOptions, workerOptions } from '../../../src/shared/job/options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { FLAG_WORDS } from '../../../src/shared/job/words/flags.ts';
import { VALUE_WORDS } from '../../../src/shared/job/words/values.ts';

const names = (...schemas: Parameters<typeof fieldsOf>[0][]): readonly string[] =>
  schemas.flatMap((schema) => fieldsOf(schema).map(({ name }) => name));
const LAUNCH = [...names(jobSchema, launchOptions), 'config'];
const WORKER = names(workerOptions);

const choicesOf = (flag: string): readonly string[] => {
  const type = fieldsOf(jobSchema).find(({ name }) => name === flag)?.type;
  return type?.kind === 'choice' ? type.choices : [];
};

describe('a flag of other programs', () => {
  it.each([
    ['learning-rate', 'lr'],
    ['learning_rate', 'lr'],
    ['learningRate', 'lr'],
    ['batch_size', 'batch'],
    ['imgsz', 'image-size'],
    ['wd', 'weight-decay'],
    ['val-split', 'validation-split'],
    ['lr-scheduler', 'schedule'],
    ['num-epochs', 'epochs'],
    ['max-steps', 'steps'],
    ['model-name', 'model'],
    ['dataset', 'data'],
    ['nproc_per_node', 'workers'],
    ['output', 'run-dir'],
    ['max_grad_norm', 'clip-norm'],
    ['random-horizontal-flip', 'flip'],
    ['min-np', 'min-workers'],
    ['cfg', 'config'],
    ['mixup-alpha', 'mixup'],
    ['mix_up', 'mixup'],
    ['trainer.max_epochs', 'epochs'],
    ['optimizer.lr', 'lr'],
    ['path', 'data'],
    ['train_val_split', 'validation-split'],
  ])('--%s is --%s', (theirs, ours) => {
    expect(flagMeant(theirs, LAUNCH)).toEqual({ is: ours });
  });

  it.each([
    ['gpus', /--engine/],
    ['device', /--engine/],
    ['num-workers', /--workers/],
    ['port', /--listen/],
    ['name', /--run-dir/],
    ['master_port', /coordinator/],
    ['fp16', /--precision bf16/],
    ['warmup-epochs', /--warmup-steps/],
    ['shuffle', /--seed/],
    ['mixup-prob', /--mixup 0.2/],
    ['cutmix', /--mixup/],
    ['lr_find', /--lr auto/],
    ['auto-scale-batch-size', /64 unless given/],
    ['num-layers', /--channels 32,64,128/],
    ['load_best_model_at_end', /predict, eval and export take/],
    ['fast_dev_run', /--steps 10/],
    ['max_time', /TERM/],
    ['torch_compile', /nothing has to be set/],
    ['overwrite_output_dir', /--run-dir/],
    ['do_train', /gradsocket launch/],
    ['kfold', /--seed 1,2,3,4,5/],
    ['max_restarts', /heals/],
    ['ssl', /--tls auto/],
    ['trainer.strategy', /data-parallel/],
    ['resume-from-checkpoint', /--resume/],
  ])('--%s is told what is ours', (theirs, hint) => {
    const meant = flagMeant(theirs, LAUNCH);
    expect(meant).toEqual({ hint: expect.stringMatching(hint) as string });
  });

  it('means what the command has: an output of a sweep is its folder, a host of a worker the coordinator', () => {
    expect(flagMeant('output-dir', names(sweepOptions))).toEqual({ is: 'sweep-dir' });
    expect(flagMeant('run-dir', names(sweepOptions))).toEqual({ is: 'sweep-dir' });
    expect(flagMeant('sweep-dir', LAUNCH)).toEqual({ is: 'run-dir' });
    expect(flagMeant('server', WORKER)).toEqual({ is: 'coordinator' });
    expect(flagMeant('learning-rate', WORKER)).toBeNull();
    expect(flagMeant('name', WORKER)).toEqual({ is: 'name' });
  });

  it('is taken for one of ours only where one row is certain of it', () => {
    const certain = FLAG_WORDS.filter(({ hint }) => hint === undefined);
    const claims = new Map<string, string[]>();
    for (const { theirs, ours } of certain) {
      expect(ours).toBeDefined();
      for (const word of theirs.split(' ')) claims.set(word, [...(claims.get(word) ?? []), ...ours!.split(' ')]);
    }
    for (const flags of [LAUNCH, WORKER, names(sweepOptions, jobSchema)]) {
      for (const [word, ours] of claims) {
        expect([word, ours.filter((name) => flags.includes(name)).length]).toEqual([
          word,
          expect.toSatisfy((n: number) => n < 2),
        ]);
      }
    }
  });

  it('never is one of ours: what a command has goes before', () => {
    for (const name of LAUNCH) expect(flagMeant(name, LAUNCH)).toEqual({ is: name });
  });
});

describe('a value of other programs', () => {
  it.each([
    ['init', 'xavier_uniform', 'glorot_uniform'],
    ['init', 'kaiming_normal', 'he_normal'],
    ['init', 'GlorotUniform', 'glorot_uniform'],
    ['optimizer', 'SGD', 'sgd'],
    ['optimizer', 'AdamW', 'adamw'],
    ['activation', 'ReLU', 'relu'],
    ['activation', 'LeakyReLU', 'leaky_relu'],
    ['model', 'ResNet-18', 'resnet18'],
    ['loss', 'categorical_crossentropy', 'softmax'],
    ['loss', 'BCEWithLogitsLoss', 'sigmoid'],
    ['schedule', 'CosineAnnealingLR', 'cosine'],
    ['schedule', 'StepLR', 'step'],
    ['precision', 'bfloat16', 'bf16'],
    ['engine', 'tf', 'tensorflow'],
    ['monitor', 'val_loss', 'loss'],
  ])('--%s %s is %s', (flag, theirs, ours) => {
    expect(valueMeant(flag, theirs, choicesOf(flag))).toEqual({ is: ours });
  });

  it.each([
    ['init', 'xavier', /glorot_uniform.* or glorot_normal/],
    ['init', 'he', /he_normal or he_uniform/],
    ['engine', 'gpu', /tensorflow/],
    ['engine', 'cuda', /tensorflow/],
    ['engine', 'cuda:1', /tensorflow/],
    ['engine', '0,1', /auto takes the GPU/],
    ['precision', 'fp16', /bf16/],
    ['schedule', 'linear', /polynomial/],
  ])('--%s %s is told what is ours', (flag, theirs, hint) => {
    expect(valueMeant(flag, theirs, choicesOf(flag))).toEqual({ hint: expect.stringMatching(hint) as string });
  });

  it.each([
    ['optimizer', 'torch.optim.Adam', 'adam'],
    ['optimizer', 'optim.SGD()', 'sgd'],
    ['activation', 'nn.LeakyReLU()', 'leaky_relu'],
    ['schedule', 'torch.optim.lr_scheduler.StepLR', 'step'],
    ['init', 'torch.nn.init.kaiming_normal_', 'he_normal'],
  ])('may be written as programs do: --%s %s is %s', (flag, theirs, ours) => {
    expect(valueMeant(flag, theirs, choicesOf(flag))).toEqual({ is: ours });
  });

  it.each([
    ['activation', 'swish', 'relu'],
    ['activation', 'nn.ReLU6()', 'relu'],
    ['activation', 'gelu', 'relu'],
    ['activation', 'elu', 'leaky_relu'],
    ['optimizer', 'lion', 'adamw'],
    ['model', 'resnet50', 'resnet18'],
    ['schedule', 'ReduceLROnPlateau', 'step'],
  ])('that we have not is told what is nearest: --%s %s, %s', (flag, theirs, nearest) => {
    const meant = valueMeant(flag, theirs, choicesOf(flag));
    expect(meant).toEqual({
      hint: expect.stringMatching(`^expects one of .*, of which ${nearest} is nearest to `) as string,
    });
  });

  it('that nobody knows means nothing', () => {
    expect(valueMeant('activation', 'reul', choicesOf('activation'))).toBeNull();
  });

  it('leads to a choice that there is', () => {
    for (const { of, ours, nearest } of VALUE_WORDS) {
      const choices = choicesOf(of);
      for (const choice of [ours, nearest]) {
        if (choice !== undefined && choices.length > 0)
          expect([of, choices]).toEqual([of, expect.arrayContaining([choice])]);
      }
    }
  });
});

it.each([
  ['train', { is: 'launch' }],
  ['fit', { is: 'launch' }],
  ['evaluate', { is: 'eval' }],
  ['tune', { is: 'sweep' }],
  ['Launch', { is: 'launch' }],
  ['serve', { hint: expect.stringMatching(/predict/) as string }],
  ['dashboard', { hint: expect.stringMatching(/page/) as string }],
  ['frobnicate', null],
])('gradsocket %s', (word, meant) => {
  expect(commandMeant(word, ['launch', 'eval', 'sweep', 'predict'])).toEqual(meant);
});

it('a flag is written with dashes, in small letters', () => {
  expect(['batch_size', 'batchSize', 'Batch-Size', 'LR'].map(kebab)).toEqual([
    'batch-size',
    'batch-size',
    'batch-size',
    'lr',
  ]);
});
