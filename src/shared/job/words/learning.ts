import type { Row } from './row.ts';

const NO_LAYER_DECAY =
  'Write --weight-decay; it holds for all layers, or with --decay-exempt norm-and-bias not for those.';

/** Flags of others for the network, the recipe, and how long it is trained. */
export const LEARNING_WORDS: readonly Row[] = [
  // The network.
  { ours: 'model', theirs: 'arch architecture model-name model-type net network backbone model-name-or-path' },
  { ours: 'activation', theirs: 'act act-layer activation-fn activation-function nonlinearity non-linearity' },
  {
    ours: 'init',
    theirs:
      'initializer initialiser kernel-initializer kernel-init weight-init weight-initializer weights-init initialization initialisation init-type',
  },
  {
    ours: 'init',
    theirs: 'use-bias bias-init bias-initializer head-init-scale',
    hint: 'Biases start at zero; --init is for weights.',
  },
  {
    ours: 'channels',
    theirs: 'layers num-layers n-layers depth num-blocks n-blocks conv-layers',
    hint: 'Each number of --channels is a block of the CNN: --channels 32,64,128.',
  },
  { ours: 'channels', theirs: 'filters num-filters n-filters conv-channels conv-filters widths features num-features' },
  { ours: 'kernel', theirs: 'kernel-size filter-size ksize' },
  { ours: 'pool', theirs: 'pooling pool-type pooling-type' },
  { ours: 'batch-norm', theirs: 'batchnorm bn use-bn use-batchnorm use-batch-norm batch-normalization' },
  {
    ours: 'batch-norm',
    theirs: 'bn-momentum bn-eps batch-norm-momentum batch-norm-eps sync-bn sync-batchnorm sync-batch-norm',
    hint: "Batch norm has PyTorch's momentum and epsilon, and normalizes each microbatch by itself.",
  },
  { ours: 'dense', theirs: 'hidden hidden-size hidden-dim hidden-units units dense-units fc-size fc-dim' },
  { ours: 'dropout', theirs: 'drop drop-rate dropout-rate dropout-prob' },
  { ours: 'loss', theirs: 'bce bce-loss use-bce', hint: 'Write --loss sigmoid.' },
  { ours: 'loss', theirs: 'criterion loss-fn loss-function loss-type objective' },
  {
    ours: 'weights',
    theirs:
      'pretrained-weights pretrained-path pretrained-model pretrained-checkpoint init-weights load-weights weights-path weights-file',
  },
  {
    ours: 'weights',
    theirs: 'pretrained use-pretrained imagenet finetune fine-tune transfer',
    hint: "Name the file: --weights resnet18.safetensors; docs/models.md says where torchvision's and timm's are.",
  },
  { ours: 'freeze', theirs: 'freeze-layers frozen-layers' },
  {
    ours: 'freeze',
    theirs: 'freeze-backbone freeze-base freeze-encoder feature-extract',
    hint: 'Write --freeze all-but-head.',
  },
  {
    ours: 'freeze',
    theirs: 'unfreeze freeze-epochs unfreeze-epoch',
    hint: 'Layers are frozen for a whole run: train with --freeze all-but-head, then all of it from its model, with --weights FILE.',
  },
  // The recipe.
  { ours: 'optimizer', theirs: 'optim opt optimiser optimizer-type' },
  {
    ours: 'lr',
    theirs:
      'learning-rate learningrate lr0 base-lr init-lr initial-lr start-lr max-lr initial-learning-rate base-learning-rate lr-max eta0',
  },
  {
    ours: 'lr',
    theirs: 'lr-find lr-finder find-lr auto-lr auto-lr-find lr-range-test lr-auto',
    hint: 'Write --lr auto.',
  },
  { ours: 'momentum', theirs: 'mom sgd-momentum' },
  { ours: 'nesterov', theirs: 'use-nesterov nesterov-momentum' },
  { ours: 'beta1', theirs: 'beta-1 adam-beta1 adam-beta-1 b1' },
  { ours: 'beta2', theirs: 'beta-2 adam-beta2 adam-beta-2 b2' },
  { ours: 'beta1', theirs: 'betas adam-betas opt-betas', hint: 'Write --beta1 and --beta2.' },
  { ours: 'alpha', theirs: 'rho rmsprop-alpha rmsprop-rho' },
  { ours: 'centered', theirs: 'centred' },
  { ours: 'epsilon', theirs: 'eps adam-epsilon adam-eps opt-eps' },
  { ours: 'weight-decay', theirs: 'wd weight-decay-rate weightdecay' },
  {
    ours: 'weight-decay',
    theirs: 'l1 l2 l2-reg l2-regularization regularization reg layer-decay kernel-regularizer',
    hint: NO_LAYER_DECAY,
  },
  {
    ours: 'clip-norm',
    theirs:
      'clipnorm grad-clip clip-grad clip-grad-norm grad-clip-norm grad-norm-clip gradient-clip gradient-clip-val gradient-clip-norm clip norm-clip clip-gradient clip-gradients max-grad-norm gradient-clipping global-clipnorm max-norm',
  },
  {
    ours: 'clip-norm',
    theirs: 'clipvalue clip-value grad-clip-value clip-mode gradient-clip-algorithm',
    hint: 'Gradients are clipped by their norm: --clip-norm.',
  },
  { ours: 'label-smoothing', theirs: 'label-smooth smoothing label-smoothing-factor label-smoothing-eps ls' },
  { ours: 'class-weights', theirs: 'class-weight cls-weights loss-weights' },
  {
    ours: 'class-weights',
    theirs: 'weighted-loss balanced balance-classes pos-weight image-weights',
    hint: 'Write --class-weights balanced.',
  },
  {
    ours: 'class-weights',
    theirs: 'sample-weight sample-weights',
    hint: 'Classes have weights, single samples have none: --class-weights.',
  },
  {
    ours: 'schedule',
    theirs: 'lr-scheduler lr-schedule scheduler sched lr-scheduler-type lr-policy learning-rate-schedule lr-sched',
  },
  { ours: 'schedule', theirs: 'cos-lr cosine', hint: 'Write --schedule cosine.' },
  { ours: 'schedule', theirs: 'one-cycle onecycle', hint: 'Write --schedule one-cycle.' },
  {
    ours: 'schedule',
    theirs: 'reduce-lr reduce-lr-on-plateau plateau patience-epochs cooldown-epochs',
    hint: 'No --schedule waits for a plateau: cosine, step and one-cycle follow from the number of steps alone.',
  },
  {
    ours: 'warmup-steps',
    theirs: 'warmup-lr warmup-momentum warmup-bias-lr warmup-factor warmup-start-lr warmup-init-lr',
    hint: 'A warm-up climbs in equal steps to --lr; only its length is set, by --warmup-steps.',
  },
  { ours: 'warmup-steps', theirs: 'warmup warm-up warmup-iters num-warmup-steps lr-warmup-steps warm-up-steps' },
  {
    ours: 'warmup-steps',
    theirs: 'warmup-epochs lr-warmup-epochs warmup-ratio warm-up-epochs',
    hint: 'A warm-up is counted in steps: --warmup-steps.',
  },
  { ours: 'schedule-every-epochs', theirs: 'step-size lr-step-size lr-decay-epochs decay-epochs lr-step-epochs' },
  { ours: 'schedule-milestone-epochs', theirs: 'milestones lr-milestones lr-steps multi-steps decay-milestones' },
  { ours: 'schedule-gamma', theirs: 'gamma lr-gamma decay-rate lr-decay-rate lr-decay-factor lr-factor' },
  {
    ours: 'schedule',
    theirs: 'lr-decay decay',
    hint: 'Choose a --schedule, such as cosine, or step with --schedule-every-epochs and --schedule-gamma.',
  },
  { ours: 'schedule-min-lr', theirs: 'min-lr eta-min lr-min end-lr final-lr' },
  { ours: 'schedule-power', theirs: 'power poly-power lr-power' },
  { ours: 'one-cycle-rise', theirs: 'pct-start' },
  { ours: 'one-cycle-divisor', theirs: 'div div-factor' },
  { ours: 'one-cycle-final-divisor', theirs: 'div-final final-div-factor' },
  { ours: 'one-cycle-anneal', theirs: 'anneal-strategy' },
  { ours: 'one-cycle-momentum', theirs: 'base-momentum' },
  {
    ours: 'schedule-min-lr',
    theirs: 'lrf',
    hint: 'With --schedule cosine, --schedule-min-lr is where the learning rate ends.',
  },
  { ours: 'patience', theirs: 'early-stopping-patience early-stop-patience early-stopping-rounds' },
  {
    ours: 'patience',
    theirs: 'early-stopping early-stop earlystopping',
    hint: 'Write --patience with how many evaluations may pass without a better one.',
  },
  {
    ours: 'monitor',
    theirs: 'metric metrics eval-metric',
    hint: 'Loss and accuracy are always measured; --monitor says by which the best checkpoint is chosen.',
  },
  { ours: 'monitor', theirs: 'metric-for-best-model best-metric monitor-metric early-stopping-monitor' },
  // How long, and how much at once.
  {
    ours: 'batch',
    theirs: 'b batch-size batchsize batch-sz bs global-batch-size total-batch-size train-batch-size train-batch',
  },
  {
    ours: 'batch',
    theirs: 'eval-batch-size test-batch-size val-batch-size val-bs validation-batch-size per-device-eval-batch-size',
    hint: 'Evaluation goes over all validation samples, in parts as large as those of training; only --batch, of training, is set.',
  },
  {
    ours: 'batch',
    theirs: 'auto-batch auto-scale-batch-size auto-batch-size find-batch-size auto-find-batch-size',
    hint: 'A batch decides the weights, so no machine chooses it: --batch, 64 unless given.',
  },
  {
    ours: 'batch',
    theirs: 'per-device-train-batch-size per-gpu-train-batch-size per-device-batch-size batch-size-per-gpu',
    hint: '--batch is what all workers together train on in a step.',
  },
  {
    ours: 'microbatches',
    theirs:
      'gradient-accumulation-steps accumulate accumulation-steps grad-accum grad-accum-steps accum-iter accum-steps accumulate-grad-batches micro-batch-size backward-passes-per-step',
    hint: 'A step trains on --batch samples in --microbatches parts, one after the other.',
  },
  {
    ours: 'microbatches',
    theirs: 'gradient-checkpointing activation-checkpointing remat',
    hint: 'Memory follows from the size of a microbatch: more --microbatches take less.',
  },
  {
    ours: 'epochs',
    theirs: 'num-epochs n-epochs nb-epochs nb-epoch max-epochs num-train-epochs train-epochs total-epochs epoch ep e',
  },
  {
    ours: 'steps',
    theirs:
      'max-steps num-steps n-steps total-steps max-train-steps train-steps max-iter max-iters num-iters num-iterations iterations iters',
  },
  {
    ours: 'steps',
    theirs:
      'dry-run dryrun fast-dev-run smoke-test limit-train-batches overfit-batches max-train-samples steps-per-epoch',
    hint: 'For a short trial write --steps 10; an epoch goes over all training samples.',
  },
  {
    ours: 'epochs',
    theirs: 'max-time time-limit max-hours',
    hint: 'How long a run is, --epochs and --steps say; the signal TERM ends it with a checkpoint: timeout 3600 gradsocket launch ...',
  },
  {
    ours: 'patience',
    theirs: 'min-epochs min-steps start-from-epoch',
    hint: 'A run ends after --epochs, or once --patience has run out.',
  },
  {
    theirs: 'limit-val-batches num-sanity-val-steps validation-steps max-eval-samples max-val-samples max-test-samples',
    hint: 'Each evaluation measures every validation sample once; how many are held out is --validation-split.',
  },
  {
    ours: 'seed',
    theirs: 'kfold k-fold folds n-folds cv cross-validation',
    hint: 'A split follows from --seed: gradsocket sweep --seed 1,2,3,4,5 trains on five of them.',
  },
  { ours: 'seed', theirs: 'random-seed rng-seed random-state manual-seed' },
  {
    theirs: 'deterministic no-deterministic cudnn-benchmark benchmark',
    hint: 'Every run is deterministic: the same --seed gives the same weights.',
  },
  {
    ours: 'eval-every',
    theirs:
      'eval-interval val-interval eval-freq val-freq validation-freq validation-frequency eval-frequency check-val-every-n-epoch val-every validate-every test-every eval-period',
  },
  {
    ours: 'eval-every',
    theirs: 'val no-val noval do-val',
    hint: 'A run is evaluated after every epoch, or with --eval-every 0 only at the end.',
  },
  {
    ours: 'eval-every',
    theirs: 'eval-steps val-check-interval evaluation-strategy eval-strategy',
    hint: 'Evaluations come every so many epochs: --eval-every.',
  },
  {
    ours: 'checkpoint-every',
    theirs:
      'save-steps checkpointing-steps checkpoint-steps checkpoint-interval checkpoint-every-n-steps every-n-train-steps',
  },
  {
    ours: 'checkpoint-every',
    theirs: 'save-every save-freq save-period save-interval save-strategy checkpoint-freq ckpt-every every-n-epochs',
    hint: 'There is a checkpoint after each epoch, and with --checkpoint-every one every so many steps.',
  },
  {
    ours: 'keep-checkpoints',
    theirs: 'save-total-limit max-checkpoints max-to-keep keep-last checkpoint-hist checkpoints-total-limit',
  },
  {
    ours: 'keep-checkpoints',
    theirs:
      'save-top-k save-best-only save-best save save-last nosave no-save keep max-keep keep-best-only load-best-model-at-end restore-best-weights',
    hint: 'The best checkpoint always stays, and is what predict, eval and export take; of the newest --keep-checkpoints stay.',
  },
];
