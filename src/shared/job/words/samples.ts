import type { Row } from './row.ts';

const LOADING =
  'Each worker reads and decodes images beside computing, and nothing has to be set for it; how many workers train is --workers.';
const NO_SUCH_AUGMENTATION =
  'Images are augmented by --flip, --crop-padding, --resized-crop, --jitter, --cutout and --mixup.';
const SHUFFLED = 'Each epoch goes over all training samples once, in an order of its own that follows from --seed.';

/** Flags of others for data and what is done to images. */
export const SAMPLE_WORDS: readonly Row[] = [
  // The data.
  {
    ours: 'data',
    theirs:
      'dataset dataset-name dataset-path dataset-dir dataset-root data-dir data-path data-root data-folder path datadir datapath ' +
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
      'valid-ratio validation-ratio val-pct valid-pct test-size test-split test-ratio train-val-split holdout',
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
  { ours: 'interpolation', theirs: 'interp resample resampling train-interpolation' },
  {
    ours: 'resize',
    theirs: 'crop-pct center-crop resize-size',
    hint: 'Write --resize with two lengths, such as 256:224: the shorter side, and what is cropped of it.',
  },
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
  { theirs: 'shuffle no-shuffle drop-last dataloader-drop-last sampler', hint: SHUFFLED },
  {
    theirs:
      'num-workers dataloader-num-workers n-workers data-workers loader-workers num-proc jobs j pin-memory pin-mem no-prefetcher prefetch ' +
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
  { ours: 'mixup', theirs: 'mixup-alpha mix-up mix-up-alpha mixup-a' },
  {
    ours: 'mixup',
    theirs:
      'use-mixup mixup-prob mixup-p mixup-mode mixup-off-epoch mixup-switch-prob mixup-minmax cutmix cutmix-alpha',
    hint: 'Whole images are mixed, all of them: --mixup 0.2.',
  },
  {
    ours: 'ema',
    theirs:
      'model-ema use-ema ema-decay model-ema-decay ema-alpha swa use-swa avg-weights average-weights weight-averaging polyak',
    hint: 'Averaged weights are --ema, such as 0.99.',
  },
  {
    theirs:
      'augment aug augmentation no-augment no-aug data-augmentation use-augmentation auto-augment autoaugment aa randaugment rand-augment trivial-augment ' +
      'flipud vflip vertical-flip degrees rotate rotation rotation-range shear shear-range perspective mosaic ' +
      'copy-paste',
    hint: NO_SUCH_AUGMENTATION,
  },
];
