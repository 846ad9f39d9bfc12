import { LEARNING_WORDS } from './learning.ts';
import type { Row } from './row.ts';
import { RUNNING_WORDS } from './running.ts';
import { SAMPLE_WORDS } from './samples.ts';

/**
 * What people type who know Keras, PyTorch, fastai, Ultralytics, torchrun, Horovod or accelerate, and what it means here. Data
 * alone; meaning.ts looks in it. A row with `ours` and no `hint` is certain: the word is taken as ours. Of a row with a hint the
 * hint is said.
 */
export const FLAG_WORDS: readonly Row[] = [...SAMPLE_WORDS, ...LEARNING_WORDS, ...RUNNING_WORDS];
