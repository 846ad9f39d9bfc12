import type { Row } from './row.ts';

export interface ValueRow extends Row {
  /** The flags whose value it is. */
  readonly of: string;
}

/** Values of others for flags that take one of a few. */
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
  { of: 'format', ours: 'onnx', theirs: 'onnxruntime ort' },
  { of: 'format', ours: 'keras', theirs: 'keras_v3 keras3' },
  { of: 'format', theirs: 'h5 hdf5 saved_model savedmodel', hint: 'here it is keras, a file of Keras 3' },
  { of: 'decay-exempt', ours: 'norm-and-bias', theirs: 'bias_and_norm norm bias bn no_bias' },
  { of: 'one-cycle-anneal', ours: 'cosine', theirs: 'cos' },
];
