/** What a folder's name says that it is for, beside others. `side`: something about the data that is not to train on. */
export type Role = 'train' | 'validation' | 'test' | 'side';

const ROLES: Readonly<Record<Role, readonly string[]>> = {
  train: ['train', 'training'],
  /** In the order of preference. */
  validation: ['val', 'valid', 'validation', 'dev', 'eval', 'evaluation'],
  test: ['test', 'testing', 'tests'],
  side: [
    'sample',
    'samples',
    'example',
    'examples',
    'annotation',
    'annotations',
    'label',
    'labels',
    'mask',
    'masks',
    'pred',
    'prediction',
    'predictions',
    'unlabeled',
    'unlabelled',
    'unsup',
    'extra',
    'extras',
    'preview',
    'previews',
    'thumbnails',
    'meta',
    'metadata',
    'docs',
    'assets',
    'figures',
  ],
};

/** Words around the one that matters: seg_train, training_set, Train Images, test1, testset. */
const AROUND = /^(?:seg|set|sets|data|dataset|images?|imgs?|pictures|photos|split|folder|\d+)$/;

/** By words, whatever their case: `Training`, `seg_train`, `test1`. Null: any name. */
export function roleOf(name: string): Role | null {
  const word = meaning(name);
  const roles = Object.keys(ROLES) as Role[];
  return roles.find((role) => ROLES[role].includes(word)) ?? null;
}

/** Lower is better for validation: hyperparameters are chosen by `val`, and a test set is for afterwards. */
export function validationRank(name: string): number {
  const word = meaning(name);
  const place = ROLES.validation.indexOf(word);
  return place === -1 ? ROLES.validation.length + ROLES.test.indexOf(word) : place;
}

function meaning(name: string): string {
  const words = name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.replace(/(?<=^(?:train|training|val|valid|validation|test|testing))(?:set|data|\d+)$/, ''))
    .filter((word) => word !== '' && !AROUND.test(word));
  return words.join(' ');
}
