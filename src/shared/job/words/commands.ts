import type { Row } from './row.ts';

/** Commands of others. */
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
