/**
 * What people type who know Keras, PyTorch, fastai, Ultralytics, torchrun, Horovod or accelerate, and what it means here. Data
 * alone; meaning.ts looks in it. A row with `ours` and no `hint` is certain: the word is taken as ours. Of a row with a hint the
 * hint is said.
 */

/** Words of others for one thing. */
interface Row {
  /** With spaces between them; with dashes, in small letters. */
  readonly theirs: string;
  /** Our words for it, of which that counts which the command has; none: we have no such thing. */
  readonly ours?: string;
  /** Whole sentences, where that is not certain or not all. */
  readonly hint?: string;
}

export interface ValueRow extends Row {
  /** The flags whose value it is. */
  readonly of: string;
}

const GPU =
  'Where there is a GPU, --engine auto computes on it; --engine tensorflow takes an NVIDIA one once `gradsocket setup --gpu` has ' +
  'run, and each of --workers one GPU.';
const MEETING =
  'The coordinator deals out ranks: run `gradsocket coordinator --listen 0.0.0.0:7070` on one machine, and ' +
  '`gradsocket worker --coordinator HOST:7070` on each.';
const LOADING =
  'Each worker reads and decodes images beside computing, and nothing has to be set for it; how many workers train is --workers.';
const NO_SUCH_AUGMENTATION = 'Images are augmented by --flip, --crop-padding, --resized-crop, --jitter and --cutout.';
const SHOWN =
  'Each epoch is a line; --json prints every step, --quiet the result alone, and metrics.jsonl in the run folder has all.';
const NAMED = 'A run is called as its folder is: --run-dir runs/NAME.';
const SHUFFLED = 'Each epoch goes over all training samples once, in an order of its own that follows from --seed.';
const NO_LAYER_DECAY =
  'Write --weight-decay; it holds for all layers, or with --decay-exempt norm-and-bias not for those.';

export const FLAG_WORDS: readonly Row[] = [
  // The data.
  {
    ours: 'data',
    theirs:
      'dataset dataset-name dataset-path dataset-dir dataset-root data-dir data-path data-root data-folder datadir datapath ' +
      'train-dir train-data train-path train-folder train-data-dir root images image-dir image-folder input-dir folder',
  },
  {
    ours: 'data',
    theirs:
      'val-dir val-data val-path valid-dir validation-dir validation-data validation-file test-dir test-data train-file',
    hint: 'Put the folders train/ and val/ into one, and name that: --data FOLDER.',
  },
  {
    ours: 'image-size',
    theirs:
      'imgsz img-sz img-size imagesize img-dim image-dim image-resolution resolution input-size input-shape crop-size target-size ' +
      'img-height image-height train-crop-size',
  },
  { ours: 'image-size', theirs: 'size img res', hint: 'The pixels a side of an image are --image-size.' },
  {
    ours: 'validation-split',
    theirs:
      'val-split valid-split val-size valid-size validation-size val-fraction valid-fraction validation-fraction val-ratio ' +
      'valid-ratio validation-ratio val-pct valid-pct test-size test-split test-ratio holdout',
  },
  {
    ours: 'validation-split',
    theirs: 'val-percent valid-percent train-split train-ratio train-size split-ratio',
    hint: 'The share that is held out is --validation-split, such as 0.2.',
  },
  { ours: 'color', theirs: 'colour color-mode colour-mode' },
  { ours: 'color-profile', theirs: 'colour-profile icc-profile' },
  { ours: 'gray', theirs: 'grey grayscale greyscale' },
  {
    ours: 'color',
    theirs: 'gray grey grayscale greyscale in-channels in-chans input-channels num-channels n-channels',
    hint: 'Channels follow from the images; --color gray or --color rgb decides them.',
  },
  { ours: 'normalize', theirs: 'normalise normalization normalisation' },
  {
    ours: 'normalize',
    theirs: 'mean std rescale',
    hint: 'Write --normalize with means, then deviations, such as 0.5,0.25.',
  },
  { ours: 'interpolation', theirs: 'interp resample resampling' },
  { ours: 'bad-images', theirs: 'on-bad-image skip-bad-images ignore-errors', hint: 'Write --bad-images skip.' },
  { ours: 'split', theirs: 'subset partition' },
  {
    ours: 'classes',
    theirs: 'num-classes n-classes nb-classes nc num-labels',
  },
  {
    theirs: 'classes num-classes n-classes nb-classes nc num-labels class-names label-names labels',
    hint: 'How many classes there are, and their names, follows from the data.',
  },
  { theirs: 'shuffle no-shuffle drop-last sampler', hint: SHUFFLED },
  {
    theirs:
      'num-workers dataloader-num-workers n-workers data-workers loader-workers num-proc jobs j pin-memory prefetch ' +
      'prefetch-factor persistent-workers data-loader-workers preprocessing-num-workers',
    hint: LOADING,
  },
  {
    ours: 'cache-memory',
    theirs: 'cache cache-size cache-ram',
    hint: 'Decoded images are kept anyway: --cache-memory says how many, such as 2GiB.',
  },
  // Augmentation.
  { ours: 'flip', theirs: 'hflip h-flip horizontal-flip random-flip random-horizontal-flip flip-horizontal flip-lr' },
  {
    ours: 'flip',
    theirs: 'fliplr flip-prob hflip-prob',
    hint: 'Write --flip: half of the training images are mirrored.',
  },
  {
    ours: 'crop-padding',
    theirs: 'padding pad random-crop crop shift width-shift-range height-shift-range translate',
    hint: 'Images are shifted by up to --crop-padding pixels.',
  },
  {
    ours: 'resized-crop',
    theirs: 'random-resized-crop rrc',
    hint: 'Write --resized-crop with the least share of the area, such as 0.35.',
  },
  {
    ours: 'resized-crop',
    theirs: 'zoom zoom-range scale min-scale',
    hint: 'Write --resized-crop with the least share of the area, such as 0.35.',
  },
  { ours: 'jitter', theirs: 'color-jitter colour-jitter colorjitter' },
  {
    ours: 'jitter',
    theirs: 'brightness contrast saturation hue hsv-h hsv-s hsv-v',
    hint: 'Brightness, contrast and saturation vary by --jitter.',
  },
  { ours: 'cutout', theirs: 'cutout-size cutout-length' },
  {
    ours: 'cutout',
    theirs: 'random-erasing random-erase erasing reprob',
    hint: 'Write --cutout with the pixels a side of the square that is hidden.',
  },
  { ours: 'mixup', theirs: 'mixup-alpha mix-up' },
  { ours: 'ema', theirs: 'model-ema use-ema ema-decay model-ema-decay', hint: 'Averaged weights are --ema.' },
  {
    theirs:
      'augment aug augmentation data-augmentation use-augmentation auto-augment autoaugment aa randaugment rand-augment trivial-augment ' +
      'flipud vflip vertical-flip degrees rotate rotation rotation-range shear shear-range perspective mosaic cutmix cutmix-alpha ' +
      'copy-paste',
    hint: NO_SUCH_AUGMENTATION,
  },
  // The network.
  { ours: 'model', theirs: 'arch architecture model-name model-type net network backbone model-name-or-path' },
  { ours: 'activation', theirs: 'act act-layer activation-fn activation-function nonlinearity non-linearity' },
  {
    ours: 'init',
    theirs:
      'initializer initialiser kernel-initializer weight-init weight-initializer weights-init initialization initialisation init-type',
  },
  { ours: 'channels', theirs: 'filters num-filters n-filters conv-channels conv-filters widths features num-features' },
  { ours: 'kernel', theirs: 'kernel-size filter-size ksize' },
  { ours: 'pool', theirs: 'pooling pool-type pooling-type' },
  { ours: 'batch-norm', theirs: 'batchnorm bn use-bn use-batchnorm use-batch-norm batch-normalization' },
  { ours: 'dense', theirs: 'hidden hidden-size hidden-dim hidden-units units dense-units fc-size fc-dim' },
  { ours: 'dropout', theirs: 'drop drop-rate dropout-rate dropout-prob' },
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
  // The recipe.
  { ours: 'optimizer', theirs: 'optim opt optimiser optimizer-type' },
  {
    ours: 'lr',
    theirs:
      'learning-rate learningrate lr0 base-lr init-lr initial-lr start-lr max-lr initial-learning-rate base-learning-rate lr-max eta0',
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
  { ours: 'weight-decay', theirs: 'l2 l2-reg l2-regularization regularization reg layer-decay', hint: NO_LAYER_DECAY },
  {
    ours: 'clip-norm',
    theirs:
      'clipnorm grad-clip clip-grad clip-grad-norm grad-clip-norm grad-norm-clip gradient-clip gradient-clip-val gradient-clip-norm max-grad-norm gradient-clipping global-clipnorm max-norm',
  },
  {
    ours: 'clip-norm',
    theirs: 'clipvalue clip-value grad-clip-value',
    hint: 'Gradients are clipped by their norm: --clip-norm.',
  },
  { ours: 'label-smoothing', theirs: 'label-smooth smoothing label-smoothing-factor label-smoothing-eps ls' },
  { ours: 'class-weights', theirs: 'class-weight cls-weights loss-weights' },
  {
    ours: 'class-weights',
    theirs: 'weighted-loss balanced balance-classes pos-weight',
    hint: 'Write --class-weights balanced.',
  },
  {
    ours: 'schedule',
    theirs: 'lr-scheduler lr-schedule scheduler sched lr-scheduler-type lr-policy learning-rate-schedule lr-sched',
  },
  { ours: 'schedule', theirs: 'cos-lr cosine', hint: 'Write --schedule cosine.' },
  { ours: 'schedule', theirs: 'one-cycle onecycle', hint: 'Write --schedule one-cycle.' },
  { ours: 'warmup-steps', theirs: 'warmup warm-up warmup-iters num-warmup-steps lr-warmup-steps warm-up-steps' },
  {
    ours: 'warmup-steps',
    theirs: 'warmup-epochs lr-warmup-epochs warmup-ratio warm-up-epochs',
    hint: 'A warm-up is counted in steps: --warmup-steps.',
  },
  { ours: 'schedule-every-epochs', theirs: 'step-size lr-step-size lr-decay-epochs decay-epochs lr-step-epochs' },
  { ours: 'schedule-milestone-epochs', theirs: 'milestones lr-milestones lr-steps multi-steps' },
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
  { ours: 'monitor', theirs: 'metric-for-best-model best-metric monitor-metric early-stopping-monitor' },
  // How long, and how much at once.
  {
    ours: 'batch',
    theirs: 'b batch-size batchsize batch-sz bs global-batch-size total-batch-size train-batch-size train-batch',
  },
  {
    ours: 'batch',
    theirs: 'eval-batch-size test-batch-size val-batch-size per-device-eval-batch-size',
    hint: 'Evaluation goes over all validation samples, in parts as large as those of training; only --batch, of training, is set.',
  },
  {
    ours: 'batch',
    theirs: 'per-device-train-batch-size per-gpu-train-batch-size per-device-batch-size batch-size-per-gpu',
    hint: '--batch is what all workers together train on in a step.',
  },
  {
    ours: 'microbatches',
    theirs:
      'gradient-accumulation-steps accumulate accumulation-steps grad-accum accum-iter accum-steps accumulate-grad-batches micro-batch-size backward-passes-per-step',
    hint: 'A step trains on --batch samples in --microbatches parts, one after the other.',
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
    theirs: 'save-top-k save-best-only save-best',
    hint: 'The best checkpoint always stays, and --keep-checkpoints of the newest.',
  },
  // Engines and processors.
  { ours: 'precision', theirs: 'dtype mixed-precision data-type compute-dtype amp-dtype' },
  {
    ours: 'precision',
    theirs: 'amp fp16 half use-amp bf16 bfloat16 use-fp16 autocast',
    hint: 'Write --precision bf16.',
  },
  {
    ours: 'engine',
    theirs:
      'gpu gpus num-gpus n-gpus n-gpu ngpus ngpu device devices device-ids gpu-ids gpu-id cuda use-cuda use-gpu no-cuda cpu use-cpu accelerator tpu mps',
    hint: GPU,
  },
  {
    ours: 'engine',
    theirs: 'backend dist-backend',
    hint: 'What computes is --engine; what carries the gradients is --topology.',
  },
  {
    ours: 'threads',
    theirs:
      'num-threads n-threads nthreads intra-op-threads num-intra-threads omp-num-threads num-cpu-threads-per-process',
  },
  { ours: 'cores', theirs: 'num-cores n-cores cpus num-cpus n-cpus cpus-per-worker' },
  // Several processes and machines.
  {
    ours: 'workers',
    theirs: 'num-processes n-processes nproc nproc-per-node nprocs world-size num-replicas np num-nodes-workers',
  },
  { ours: 'min-workers', theirs: 'min-np min-nodes min-replicas' },
  { ours: 'max-workers', theirs: 'max-np max-nodes max-replicas' },
  {
    ours: 'coordinator',
    theirs: 'coordinator-address coordinator-url server server-url server-address connect url rdzv-endpoint address',
  },
  {
    ours: 'coordinator',
    theirs: 'master-addr master-address master-port master main-process-ip main-process-port dist-url host port',
    hint: 'Write --coordinator HOST:7070.',
  },
  {
    theirs:
      'nnodes num-machines num-nodes nodes node-rank machine-rank rank local-rank rdzv-endpoint rdzv-backend rdzv-id master-addr master-address master-port master main-process-ip main-process-port dist-url init-method hosts hostfile standalone',
    hint: MEETING,
  },
  {
    ours: 'listen',
    theirs: 'port http-port server-port',
    hint: 'Write --listen with host and port, such as 127.0.0.1:7070, or 0.0.0.0:7070 for workers elsewhere.',
  },
  {
    ours: 'listen',
    theirs: 'host bind bind-address address addr ip',
    hint: 'Write --listen with host and port, such as 127.0.0.1:7070, or 0.0.0.0:7070 for workers elsewhere.',
  },
  { ours: 'topology', theirs: 'all-reduce allreduce allreduce-algorithm' },
  {
    ours: 'topology',
    theirs: 'strategy distributed-strategy ddp fsdp horovod',
    hint: 'Every run is data-parallel; --topology says whether gradients go from worker to worker (mesh) or through the coordinator (star).',
  },
  {
    ours: 'wire',
    theirs: 'compression gradient-compression fp16-allreduce compress',
    hint: 'Write --wire bf16: gradients travel in half as many bytes.',
  },
  { ours: 'stall-seconds', theirs: 'stall-timeout step-timeout stall-check-warning-time-seconds' },
  { ours: 'wait', theirs: 'start-timeout connect-timeout' },
  { ours: 'token', theirs: 'auth-token secret api-key password' },
  { ours: 'tls-cert', theirs: 'cert certificate certfile ssl-cert ssl-certfile cert-file' },
  { ours: 'tls-key', theirs: 'key keyfile ssl-key ssl-keyfile key-file private-key' },
  { ours: 'tls-ca', theirs: 'ca cacert ca-cert ca-file cafile ssl-ca ssl-ca-certs' },
  // Folders, output, going on.
  {
    ours: 'run-dir sweep-dir',
    theirs:
      'output-dir output out out-dir outdir save-dir savedir save-path log-dir logdir logs-dir logging-dir checkpoint-dir checkpoints-dir ckpt-dir result-dir results-dir exp-dir experiment-dir work-dir workdir default-root-dir model-dir',
  },
  { ours: 'output', theirs: 'out out-dir outdir output-dir output-path save-dir save-path dest destination' },
  { ours: 'csv', theirs: 'output out output-file save-csv submission' },
  {
    ours: 'run-dir',
    theirs: 'name run-name exp-name exp experiment experiment-name project project-name id run-id',
    hint: NAMED,
  },
  {
    ours: 'sweep-dir',
    theirs: 'name sweep-name exp-name exp experiment experiment-name project project-name',
    hint: 'A sweep is called as its folder is: --sweep-dir runs/NAME.',
  },
  { ours: 'resume', theirs: 'continue resume-training auto-resume' },
  {
    ours: 'resume',
    theirs: 'resume-from resume-from-checkpoint checkpoint ckpt ckpt-path load load-checkpoint restore restore-from',
    hint: 'A run goes on from its newest checkpoint with --resume --run-dir FOLDER; a new one starts from a file with --weights FILE.',
  },
  { ours: 'checkpoint', theirs: 'ckpt ckpt-path checkpoint-path weights' },
  { ours: 'config', theirs: 'cfg config-file config-path conf yaml hyp params params-file args-file hparams' },
  { ours: 'trace', theirs: 'profile profiler timeline timeline-filename' },
  { ours: 'quiet', theirs: 'silent no-progress no-progress-bar disable-tqdm' },
  {
    theirs:
      'verbose verbosity progress progress-bar log-interval log-every log-freq log-steps logging-steps log-every-n-steps print-freq print-every log-level debug',
    hint: SHOWN,
  },
  {
    theirs: 'report-to wandb use-wandb wandb-project tensorboard use-tensorboard tb mlflow log-with logger comet',
    hint: 'TensorBoard reads the run folder as it is: tensorboard --logdir runs.',
  },
  {
    theirs: 'plot plots show-plots',
    hint: 'The page of a run, at the address that is printed, has its curves; `gradsocket report RUN` writes them as pictures.',
  },
  {
    theirs: 'save-model export-model',
    hint: 'A run keeps its best and newest checkpoints; `gradsocket export RUN` writes the model for others.',
  },
  // Of single commands.
  { ours: 'top', theirs: 'topk top-k top-n num-top' },
  { ours: 'format', theirs: 'fmt export-format output-format to include' },
  { ours: 'parallel', theirs: 'n-jobs jobs concurrency max-concurrent max-concurrent-trials num-parallel' },
  {
    theirs: 'n-trials num-trials trials num-samples max-trials max-evals grid',
    hint: 'A sweep runs every combination of the values that its flags list.',
  },
  { theirs: 'model-path run-path model-file model-dir', hint: 'The folder of the run comes first, without a flag.' },
  { theirs: 'image images source input file files', hint: 'Images come after the folder of the run, without a flag.' },
];

export const VALUE_WORDS: readonly ValueRow[] = [
  { of: 'init', ours: 'glorot_uniform', theirs: 'xavier_uniform' },
  { of: 'init', ours: 'glorot_normal', theirs: 'xavier_normal' },
  { of: 'init', ours: 'he_uniform', theirs: 'kaiming_uniform msra_uniform' },
  { of: 'init', ours: 'he_normal', theirs: 'kaiming_normal msra_normal msra' },
  { of: 'init', ours: 'random_normal', theirs: 'normal gaussian' },
  { of: 'init', ours: 'random_uniform', theirs: 'uniform' },
  { of: 'init', ours: 'zeros', theirs: 'zero' },
  { of: 'init', theirs: 'xavier glorot', hint: 'here it is glorot_uniform (the default of Keras) or glorot_normal' },
  { of: 'init', theirs: 'he kaiming', hint: 'here it is he_normal or he_uniform' },
  { of: 'init', theirs: 'random', hint: 'here it is random_normal or random_uniform' },
  {
    of: 'init',
    theirs: 'orthogonal lecun_normal lecun_uniform truncated_normal variance_scaling ones constant default',
  },
  { of: 'activation', ours: 'leaky_relu', theirs: 'lrelu leaky' },
  { of: 'activation', ours: 'sigmoid', theirs: 'logistic' },
  {
    of: 'activation',
    theirs: 'swish silu gelu elu selu celu prelu mish hardswish relu6 softplus softmax linear none identity',
  },
  { of: 'optimizer', ours: 'rmsprop', theirs: 'rms' },
  { of: 'optimizer', theirs: 'momentum sgd_momentum sgdm', hint: 'here it is sgd, whose --momentum is 0.9' },
  { of: 'optimizer', theirs: 'nesterov nag', hint: 'here it is sgd with --nesterov' },
  { of: 'optimizer', theirs: 'adagrad adadelta adamax nadam radam lamb lars lion muon ftrl lbfgs adafactor auto' },
  {
    of: 'loss',
    ours: 'softmax',
    theirs: 'cross_entropy ce categorical_crossentropy sparse_categorical_crossentropy cross_entropy_loss nll nll_loss',
  },
  {
    of: 'loss',
    ours: 'sigmoid',
    theirs: 'bce binary_crossentropy binary_cross_entropy bce_with_logits bce_with_logits_loss bce_loss',
  },
  { of: 'loss', theirs: 'mse mae l1 hinge focal focal_loss' },
  { of: 'model', ours: 'cnn', theirs: 'convnet conv simple_cnn small_cnn lenet' },
  {
    of: 'model',
    theirs:
      'resnet34 resnet50 resnet101 resnet152 vgg vgg11 vgg16 vgg19 alexnet mobilenet mobilenet_v2 mobilenet_v3 efficientnet efficientnet_b0 densenet121 inception_v3 googlenet convnext convnext_tiny vit vit_b_16 swin_t yolov8n_cls yolo11n_cls mlp',
  },
  { of: 'schedule', ours: 'constant', theirs: 'none off fixed constant_lr' },
  { of: 'schedule', ours: 'cosine', theirs: 'cosine_annealing cosine_annealing_lr cosine_decay cos cosine_lr' },
  { of: 'schedule', ours: 'step', theirs: 'step_lr step_decay' },
  { of: 'schedule', ours: 'multi-step', theirs: 'multistep multi_step_lr multistep_lr piecewise piecewise_constant' },
  { of: 'schedule', ours: 'one-cycle', theirs: 'onecycle one_cycle_lr onecycle_lr 1cycle fit_one_cycle' },
  { of: 'schedule', ours: 'polynomial', theirs: 'poly polynomial_lr polynomial_decay' },
  { of: 'schedule', theirs: 'linear', hint: 'here it is polynomial, whose --schedule-power is 1: a straight line' },
  {
    of: 'schedule',
    theirs:
      'plateau reduce_on_plateau reduce_lr_on_plateau exponential exponential_lr exponential_decay cosine_with_restarts cosine_annealing_warm_restarts cyclic inverse_sqrt',
  },
  { of: 'precision', ours: 'f32', theirs: 'fp32 float32 float 32 32_true no full single' },
  { of: 'precision', ours: 'bf16', theirs: 'bfloat16 bf16_mixed bf16_true mixed_bfloat16' },
  {
    of: 'precision',
    theirs: 'fp16 float16 f16 16 16_mixed half mixed mixed_float16 amp',
    hint: 'here it is bf16, which needs no scaling of the loss',
  },
  { of: 'wire', ours: 'f32', theirs: 'fp32 float32 none no' },
  { of: 'wire', ours: 'bf16', theirs: 'bfloat16' },
  { of: 'wire', theirs: 'fp16 float16 f16 half int8', hint: 'here it is bf16' },
  { of: 'engine', ours: 'tensorflow', theirs: 'tf tfjs_node tfjs_node_gpu' },
  { of: 'engine', ours: 'wasm', theirs: 'webassembly' },
  {
    of: 'engine',
    theirs: 'gpu cuda nvidia cuda:0 tensorrt',
    hint: 'here it is tensorflow once `gradsocket setup --gpu` has run; auto takes the GPU by itself',
  },
  { of: 'engine', theirs: 'mps metal rocm vulkan dawn', hint: 'of GPUs only those of NVIDIA are used, by tensorflow' },
  { of: 'engine', theirs: 'torch pytorch jax webgl native node' },
  { of: 'topology', ours: 'mesh', theirs: 'p2p peer_to_peer direct' },
  { of: 'topology', ours: 'star', theirs: 'parameter_server ps hub' },
  {
    of: 'topology',
    theirs: 'ring tree nccl gloo mpi allreduce',
    hint: 'here it is mesh, where every worker sums its part and sends it to all',
  },
  { of: 'pool', ours: 'avg', theirs: 'average mean avgpool avg_pool average_pooling' },
  { of: 'pool', ours: 'max', theirs: 'maximum maxpool max_pool max_pooling' },
  {
    of: 'monitor',
    ours: 'accuracy',
    theirs: 'acc val_acc val_accuracy valid_accuracy validation_accuracy accuracy_top1 top1 eval_accuracy',
  },
  { of: 'monitor', ours: 'loss', theirs: 'val_loss valid_loss validation_loss eval_loss' },
  { of: 'color', ours: 'gray', theirs: 'grey grayscale greyscale l mono' },
  { of: 'interpolation', ours: 'bilinear', theirs: 'linear' },
  { of: 'interpolation', ours: 'bicubic', theirs: 'cubic' },
  { of: 'interpolation', ours: 'lanczos', theirs: 'lanczos3' },
  { of: 'interpolation', theirs: 'nearest area antialias box' },
  { of: 'bad-images', ours: 'skip', theirs: 'ignore drop warn' },
  { of: 'bad-images', ours: 'fail', theirs: 'error raise strict' },
  { of: 'split', ours: 'validation', theirs: 'val valid eval' },
  { of: 'split', ours: 'train', theirs: 'training' },
  {
    of: 'split',
    theirs: 'test',
    hint: 'a run holds out its validation samples; other images are --data FOLDER --split all',
  },
  { of: 'format', ours: 'pytorch', theirs: 'torch pt pth torchscript' },
  { of: 'format', ours: 'tfjs', theirs: 'tensorflowjs tensorflow_js tf_js layers_model' },
  { of: 'decay-exempt', ours: 'norm-and-bias', theirs: 'bias_and_norm norm bias bn no_bias' },
  { of: 'one-cycle-anneal', ours: 'cosine', theirs: 'cos' },
];

export const COMMAND_WORDS: readonly Row[] = [
  { ours: 'launch', theirs: 'train fit run start training' },
  { ours: 'coordinator', theirs: 'server master chief head leader coordinate' },
  { ours: 'worker', theirs: 'client agent join work' },
  { ours: 'eval', theirs: 'evaluate validate val evaluation score' },
  { ours: 'predict', theirs: 'infer inference classify prediction' },
  { ours: 'sweep', theirs: 'tune tuning search grid grid-search hpo hyperopt compare' },
  { ours: 'export', theirs: 'convert save' },
  { ours: 'bench', theirs: 'benchmark perf' },
  { ours: 'doctor', theirs: 'env check diagnose diagnostics devices engines' },
  { ours: 'setup', theirs: 'install' },
  { ours: 'manifest', theirs: 'k8s kubernetes kube deploy' },
  { ours: 'data', theirs: 'dataset datasets' },
  { ours: 'model', theirs: 'summary models' },
  { ours: 'completion', theirs: 'completions' },
  {
    theirs: 'test',
    hint: '`gradsocket eval RUN` measures a model, and `gradsocket doctor` shows which engines work here.',
  },
  {
    theirs: 'serve api',
    hint: '`gradsocket predict RUN IMAGE...` classifies images; `gradsocket export RUN` writes the model for a program that serves it.',
  },
  {
    theirs: 'dashboard ui web board tensorboard monitor status watch',
    hint:
      'A run that goes on has a page, at the address that `gradsocket launch` prints; `gradsocket view RUN` shows that of any run, and ' +
      'TensorBoard reads its folder.',
  },
  { ours: 'view', theirs: 'show open' },
  {
    theirs: 'resume continue',
    hint: 'A run goes on with `gradsocket launch --resume`, another than the newest with --run-dir FOLDER.',
  },
  {
    theirs: 'list ls runs history logs log',
    hint: 'Each run is a folder in runs/, with its summary.json and metrics.jsonl.',
  },
  { theirs: 'stop kill', hint: 'Ctrl-C, or the signal TERM, ends a run with a checkpoint.' },
  { theirs: 'init new create config', hint: 'A run needs no files: `gradsocket launch --data FOLDER`.' },
  { theirs: 'update upgrade', hint: 'Update with npm install gradsocket@latest.' },
  { theirs: 'preview augment', hint: '`gradsocket data FOLDER --preview FILE.png` draws what the network sees.' },
];
