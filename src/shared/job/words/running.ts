import type { Row } from './row.ts';

const GPU =
  'Where there is a GPU, --engine auto computes on it; --engine tensorflow takes an NVIDIA one once `gradsocket setup --gpu` has ' +
  'run, and each of --workers one GPU.';
const MEETING =
  'The coordinator deals out ranks: run `gradsocket coordinator --listen 0.0.0.0:7070` on one machine, and ' +
  '`gradsocket worker --coordinator HOST:7070` on each.';
const SHOWN =
  'Each epoch is a line; --json prints every step, --quiet the result alone, and metrics.jsonl in the run folder has all.';
const NAMED = 'A run is called as its folder is: --run-dir runs/NAME.';

/** Flags of others for what computes, who takes part, and what is kept and shown. */
export const RUNNING_WORDS: readonly Row[] = [
  // Engines and processors.
  { ours: 'precision', theirs: 'dtype mixed-precision data-type compute-dtype amp-dtype' },
  {
    ours: 'precision',
    theirs: 'amp fp16 half use-amp bf16 bfloat16 use-fp16 autocast fp16-opt-level tf32 loss-scale',
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
  {
    theirs:
      'compile torch-compile torchcompile jit jit-compile xla torchscript channels-last fuser steps-per-execution compile-mode',
    hint: 'The engine makes the network ready before the first step; nothing has to be set for it.',
  },
  { ours: 'cores', theirs: 'num-cores n-cores cpus num-cpus n-cpus cpus-per-worker' },
  // Several processes and machines.
  {
    ours: 'workers',
    theirs:
      'num-processes n-processes nproc nproc-per-node nprocs world-size num-replicas replicas parallelism np num-nodes-workers',
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
      'nnodes num-machines num-nodes nodes node-rank machine-rank rank local-rank rdzv-endpoint rdzv-backend rdzv-id master-addr master-address master-port master main-process-ip main-process-port dist-url init-method hosts hostfile standalone hostnames slots host-discovery-script',
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
    theirs: 'strategy distributed-strategy ddp fsdp horovod gloo mpi nccl',
    hint: 'Every run is data-parallel; --topology says whether gradients go from worker to worker (mesh) or through the coordinator (star).',
  },
  {
    ours: 'wire',
    theirs: 'compression gradient-compression fp16-allreduce compress',
    hint: 'Write --wire bf16: gradients travel in half as many bytes.',
  },
  {
    ours: 'wire',
    theirs: 'autotune fusion-threshold-mb cycle-time-ms bucket-cap-mb',
    hint: 'Gradients leave in buckets while later ones are computed; nothing has to be set for it.',
  },
  {
    theirs: 'max-restarts restarts max-retries retries retry elastic fault-tolerance fault-tolerant reset-limit',
    hint: 'A run goes on without a worker that is lost, and heals one that comes back; nothing has to be set for it.',
  },
  { ours: 'stall-seconds', theirs: 'stall-timeout step-timeout stall-check-warning-time-seconds' },
  { ours: 'wait', theirs: 'start-timeout connect-timeout' },
  {
    ours: 'listen',
    theirs: 'network-interface network-interfaces iface ifname interface',
    hint: 'Write --listen with the address of that interface.',
  },
  {
    ours: 'tls',
    theirs: 'ssl https wss use-tls use-ssl',
    hint: 'Write --tls auto, or name a certificate with --tls-cert and --tls-key.',
  },
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
  { ours: 'sweep-dir', theirs: 'run-dir' },
  { ours: 'run-dir', theirs: 'sweep-dir' },
  { ours: 'output', theirs: 'out out-dir outdir output-dir output-path save-dir save-path dest destination' },
  { ours: 'csv', theirs: 'output out output-file save-csv submission' },
  {
    ours: 'run-dir',
    theirs:
      'name run-name exp-name exp experiment experiment-name project project-name id run-id tag tags notes comment description',
    hint: NAMED,
  },
  {
    ours: 'sweep-dir',
    theirs: 'name sweep-name exp-name exp experiment experiment-name project project-name',
    hint: 'A sweep is called as its folder is: --sweep-dir runs/NAME.',
  },
  {
    ours: 'run-dir',
    theirs: 'overwrite overwrite-output-dir exist-ok force',
    hint: 'No run overwrites another: each has a --run-dir of its own, a new one unless given.',
  },
  { ours: 'resume', theirs: 'continue resume-training auto-resume' },
  {
    ours: 'resume',
    theirs:
      'resume-from resume-from-checkpoint checkpoint ckpt ckpt-path load load-checkpoint restore restore-from initial-epoch start-epoch initial-checkpoint resume-dir last latest',
    hint: 'A run goes on from its newest checkpoint with --resume --run-dir FOLDER; a new one starts from a file with --weights FILE.',
  },
  { ours: 'checkpoint', theirs: 'ckpt ckpt-path checkpoint-path weights' },
  { ours: 'config', theirs: 'cfg config-file config-path conf yaml hyp params params-file args-file hparams' },
  {
    ours: 'inspect',
    theirs: 'inspect-every inspect-interval track-grad-norm detect-anomaly watch log-gradients',
    hint: 'Write --inspect, or with how often in steps: --inspect 20.',
  },
  {
    ours: 'histograms',
    theirs: 'histogram histogram-freq histogram-freq-steps write-histograms',
    hint: 'Write --histograms.',
  },
  { theirs: 'cache-dir', hint: 'The cache folder is the environment variable GRADSOCKET_CACHE.' },
  {
    theirs: 'do-train do-eval do-predict do-test task mode eval-only evaluate test-only validate-only',
    hint: 'Each is a command of its own: gradsocket launch, gradsocket eval RUN, gradsocket predict RUN IMAGE...',
  },
  {
    ours: 'open',
    theirs: 'browser web ui dashboard page show-page',
    hint: 'Every run has a page, at the address that is printed; --open opens it in the browser.',
  },
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
    theirs: 'save-model export-model export onnx save-onnx tfjs keras push-to-hub hub-token hub-model-id',
    hint: 'A run keeps its best and newest checkpoints; `gradsocket export RUN` writes the model for others.',
  },
  // Of single commands.
  { ours: 'cpus', theirs: 'cpu vcpu vcpus cpu-limit cpu-limits cpu-request cpu-requests' },
  { ours: 'gpus', theirs: 'gpu num-gpus n-gpus n-gpu ngpus ngpu gpu-count gpus-per-worker' },
  { ours: 'memory', theirs: 'mem ram memory-limit memory-limits memory-request memory-requests' },
  { ours: 'image', theirs: 'container-image docker-image img' },
  { ours: 'name', theirs: 'job-name jobname worker-name hostname' },
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
