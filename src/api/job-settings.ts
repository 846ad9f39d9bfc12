// Written by `npm run docs` from src/shared/job/schema.ts; a test fails where it is not current.

/** What is trained, and how: the flags of `gradsocket launch` as properties. Everything has a default. */
export interface JobSettings {
  /** `digits`, or a dataset folder or file. Default: digits. */
  readonly data?: string | undefined;
  /** Network. Default: cnn. */
  readonly model?: 'cnn' | 'resnet18' | undefined;
  /** Resize images to this many pixels a side; default: their own size where all agree, else 64. */
  readonly imageSize?: number | null | undefined;
  /** Passes over the training samples. Default: 20. */
  readonly epochs?: number | undefined;
  /** Global batch: samples a step. Default: 64. */
  readonly batch?: number | undefined;
  /** Optimizer. Default: sgd. */
  readonly optimizer?: 'sgd' | 'adam' | 'adamw' | 'rmsprop' | undefined;
  /** Learning rate, the highest of the schedule; auto: `launch` tries rates first and takes one; default: 0.03 for sgd, else 0.001. */
  readonly lr?: number | 'auto' | null | undefined;
  /** Activation function. Default: relu. */
  readonly activation?: 'relu' | 'leaky_relu' | 'sigmoid' | 'tanh' | undefined;
  /** Initializer of weights (biases start at zero); default: glorot_uniform for a cnn of up to three blocks, else he_normal. */
  readonly init?: 'zeros' | 'random_uniform' | 'random_normal' | 'glorot_uniform' | 'glorot_normal' | 'he_uniform' | 'he_normal' | null | undefined;
  /** Stop early after so many evaluations in a row (with evalEvery 1: epochs) in which what monitor names got no better; default: off. */
  readonly patience?: number | null | undefined;
  /** Channels of the images; auto: what they need, three where those of weights want three. Default: auto. */
  readonly color?: 'auto' | 'rgb' | 'gray' | undefined;
  /** cover: scale to cover the size and crop the middle; squash: stretch; 256:224: scale the shorter side to 256, crop the middle 224x224; default: cover, with weights as they expect it. */
  readonly resize?: string | null | undefined;
  /** What resizing computes between pixels; default: lanczos, with weights as they expect it. */
  readonly interpolation?: 'lanczos' | 'bilinear' | 'bicubic' | null | undefined;
  /** A color profile in an image: apply converts it to sRGB, ignore takes its values as they are; default: apply, with weights as they expect it. */
  readonly colorProfile?: 'apply' | 'ignore' | null | undefined;
  /** Mean and deviation that images are normalized by, of 0 to 1: of the training images (dataset), of ImageNet, or these (0.5,0.25 or M,M,M,D,D,D); default: dataset, with weights as they expect it. */
  readonly normalize?: string | null | undefined;
  /** Share of samples held out where the dataset has no split of its own. Default: 0.2. */
  readonly validationSplit?: number | undefined;
  /** What to do with an image that cannot be decoded. Default: fail. */
  readonly badImages?: 'fail' | 'skip' | undefined;
  /** An image of more pixels than this is not decoded: a small file can claim to be huge. Default: 100000000. */
  readonly maxPixels?: number | undefined;
  /** augmentation: mirror half of the training images, at random. Default: false. */
  readonly flip?: boolean | undefined;
  /** augmentation: shift images by up to this many pixels each way; what comes in is black. Default: 0. */
  readonly cropPadding?: number | undefined;
  /** augmentation: enlarge a random part of the image, of at least this share of its area; default: off. */
  readonly resizedCrop?: number | null | undefined;
  /** augmentation: vary brightness, contrast and saturation by up to this share. Default: 0. */
  readonly jitter?: number | undefined;
  /** augmentation: hide a square of this many pixels a side, at random. Default: 0. */
  readonly cutout?: number | undefined;
  /** augmentation: blend each training image, and its label, with another of its microbatch, by a share from Beta(this, this), such as 0.2; 0: off. Default: 0. */
  readonly mixup?: number | undefined;
  /** cnn: filters of each convolution block. A list. Default: 32,64,128. */
  readonly channels?: readonly number[] | undefined;
  /** cnn: pixels a side of the filters. Default: 3. */
  readonly kernel?: number | undefined;
  /** cnn: pooling after each block. Default: max. */
  readonly pool?: 'max' | 'avg' | undefined;
  /** cnn: batch norm after each convolution, in place of its bias. Default: false. */
  readonly batchNorm?: boolean | undefined;
  /** cnn: units of the hidden dense layer. Default: 128. */
  readonly dense?: number | undefined;
  /** cnn: dropout rate before the last layer. Default: 0. */
  readonly dropout?: number | undefined;
  /** Resnet18: the last batch norm of each block starts with a scale of zero, so that blocks begin as shortcuts. Default: false. */
  readonly zeroInitResidual?: boolean | undefined;
  /** Resnet18: without the shortcuts past its blocks, to see what they are good for. Default: false. */
  readonly noSkip?: boolean | undefined;
  /** Cross-entropy of softmax over all classes, or, for two classes, of the sigmoid of one logit. Default: softmax. */
  readonly loss?: 'softmax' | 'sigmoid' | undefined;
  /** Layers that are not trained: `all-but-head`, or names. */
  readonly freeze?: string | null | undefined;
  /** Safetensors file to start from: torchvision's or timm's ResNet-18, or what `export` wrote. */
  readonly weights?: string | null | undefined;
  /** Sha256 of the file of weights; default: taken from the file when the run begins. */
  readonly weightsSha256?: string | null | undefined;
  /** Momentum; default: 0.9 for sgd, 0 for rmsprop. */
  readonly momentum?: number | null | undefined;
  /** sgd: share of the gradient kept out of the momentum. Default: 0. */
  readonly dampening?: number | undefined;
  /** sgd: Nesterov's momentum. Default: false. */
  readonly nesterov?: boolean | undefined;
  /** Adam, adamw: decay of the mean gradient. Default: 0.9. */
  readonly beta1?: number | undefined;
  /** Adam, adamw: decay of the mean squared gradient. Default: 0.999. */
  readonly beta2?: number | undefined;
  /** rmsprop: decay of the mean squared gradient. Default: 0.99. */
  readonly alpha?: number | undefined;
  /** rmsprop: divide by the variance of the gradient, not its square. Default: false. */
  readonly centered?: boolean | undefined;
  /** Adam, adamw, rmsprop: added to the denominator. Default: 1e-8. */
  readonly epsilon?: number | undefined;
  /** Weight decay: added to the gradient, with adamw taken off the weights; default: 0.01 for adamw, else 0. */
  readonly weightDecay?: number | null | undefined;
  /** What weight decay leaves alone: batch norm and biases, or nothing. Default: none. */
  readonly decayExempt?: 'none' | 'norm-and-bias' | undefined;
  /** Shrink the gradient of a step to this norm where its own is larger; null: never. Default: 1. */
  readonly clipNorm?: number | null | undefined;
  /** Label smoothing. Default: 0. */
  readonly labelSmoothing?: number | undefined;
  /** Weights of the classes in the loss of training: balanced, a YAML or JSON file of `class: weight`, or numbers; default: all 1. */
  readonly classWeights?: string | null | undefined;
  /** Learning rate schedule; it moves with every step. Default: constant. */
  readonly schedule?: 'constant' | 'step' | 'multi-step' | 'cosine' | 'one-cycle' | 'polynomial' | 'range' | undefined;
  /** Steps of linear warm-up; default: 0 for sgd and with one-cycle, else 50. */
  readonly warmupSteps?: number | null | undefined;
  /** Schedule step: multiply the learning rate by scheduleGamma every so many epochs. */
  readonly scheduleEveryEpochs?: number | null | undefined;
  /** Schedule multi-step: multiply it after each of these epochs. A list. */
  readonly scheduleMilestoneEpochs?: readonly number[] | null | undefined;
  /** Schedules step and multi-step: by how much. Default: 0.1. */
  readonly scheduleGamma?: number | undefined;
  /** Schedule cosine: where it ends. Default: 0. */
  readonly scheduleMinLr?: number | undefined;
  /** Schedule polynomial: its exponent; 1 is a straight line. Default: 1. */
  readonly schedulePower?: number | undefined;
  /** Schedule one-cycle: share of the steps that go up. Default: 0.3. */
  readonly oneCycleRise?: number | undefined;
  /** Schedule one-cycle: shape of its two slopes. Default: cosine. */
  readonly oneCycleAnneal?: 'cosine' | 'linear' | undefined;
  /** Schedule one-cycle: it begins at the learning rate divided by this. Default: 25. */
  readonly oneCycleDivisor?: number | undefined;
  /** Schedule one-cycle: it ends at its beginning divided by this. Default: 10000. */
  readonly oneCycleFinalDivisor?: number | undefined;
  /** Schedule one-cycle: momentum (beta1) at the highest learning rate; default: it does not move. */
  readonly oneCycleMomentum?: number | null | undefined;
  /** Decay of a moving average of the weights, such as 0.99, which is evaluated and exported in their place; default: off. */
  readonly ema?: number | null | undefined;
  /** Parts of a global batch, which workers share; default: 8 from a batch of 128 on, 4 from 32 on, else 2. */
  readonly microbatches?: number | null | undefined;
  /** Stop after this many steps, also within an epoch. */
  readonly steps?: number | null | undefined;
  /** Seed of everything random. Default: 1. */
  readonly seed?: number | undefined;
  /** Evaluate every so many epochs; 0: only at the end. Default: 1. */
  readonly evalEvery?: number | undefined;
  /** Checkpoint every so many steps; default: at the end of each epoch. */
  readonly checkpointEvery?: number | null | undefined;
  /** How many of the newest checkpoints to keep, besides the best. Default: 3. */
  readonly keepCheckpoints?: number | undefined;
  /** Which checkpoint is the best: the one of highest validation accuracy, or of lowest validation loss. Default: accuracy. */
  readonly monitor?: 'accuracy' | 'loss' | undefined;
  /** Early stopping: by how much more than this it must get better. Default: 0. */
  readonly minDelta?: number | undefined;
  /** Look inside the network every so many steps (100 where no number follows): inspect.jsonl, see seeing.md. Default: false. */
  readonly inspect?: boolean | number | undefined;
  /** Engine of the workers. Default: auto. */
  readonly engine?: 'auto' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu' | undefined;
  /** Arithmetic of forward and backward; bf16: convolutions and what lies between them, with the tensorflow engine. Default: f32. */
  readonly precision?: 'f32' | 'bf16' | undefined;
  /** Threads of one operation; with the tensorflow engine they decide the bits of the weights and stay for the whole run; default: 1 with tensorflow, as many as cores with the others. */
  readonly threads?: number | null | undefined;
  /** All-reduce between workers (mesh) or through the coordinator (star). Default: auto. */
  readonly topology?: 'auto' | 'mesh' | 'star' | undefined;
  /** How gradients travel; bf16: in half as many bytes, rounded at every sum. Default: f32. */
  readonly wire?: 'f32' | 'bf16' | undefined;
  /** Show in TensorBoard how the weights of each layer are spread, at each checkpoint. Default: false. */
  readonly histograms?: boolean | undefined;
}
