/** What a folder's name says that it is for, beside others. `side`: something about the data that is not to train on. */
export type Role = 'train' | 'validation' | 'test' | 'side';

const ROLES: Readonly<Record<Role, readonly string[]>> = {
  train: ['train', 'training', 'trn'],
  /** In the order of preference. */
  validation: ['val', 'valid', 'validation', 'dev', 'eval', 'evaluation', 'holdout', 'heldout'],
  test: ['test', 'testing', 'tests', 'tst'],
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
    'list',
    'lists',
    'splits',
    'imagesets',
    'xml',
    'json',
    'csv',
    'bbox',
    'segmentations',
  ],
};

/** Words around the one that matters: seg_train, training_set, Train Images, test1, testset. */
const AROUND = /^(?:seg|set|sets|data|dataset|images?|imgs?|pictures|photos|split|folder|\d+)$/;

/** By words, whatever their case: `Training`, `seg_train`, `test1`. Null: any name. */
export function roleOf(name: string): Role | null {
  return roleOfWord(meaning(name).join(' '));
}

/**
 * Roles of folders that lie beside each other. Together names say more than alone: `asl_train` beside `asl_test` is for
 * training, `bullet_train` beside `ship` is anything.
 */
export function rolesOf(names: readonly string[]): ReadonlyMap<string, Role | null> {
  const roles = new Map(names.map((name) => [name, roleOf(name)]));
  const families = new Map<string, (readonly [string, Role])[]>();
  for (const name of names) {
    const words = meaning(name);
    for (const [place, word] of words.entries()) {
      const role = roleOfWord(word);
      if (role === null || role === 'side' || words.length === 1) continue;
      const family = words.with(place, '*').join(' ');
      families.set(family, [...(families.get(family) ?? []), [name, role]]);
    }
  }
  for (const family of families.values()) {
    const found = new Set(family.map(([, role]) => role));
    if (found.size > 1 && found.has('train')) for (const [name, role] of family) roles.set(name, role);
  }
  return roles;
}

/** `rps-test-set` is for measuring what is trained on `rps`. Null: it has no such name. */
export function familyOf(name: string): { readonly of: string; readonly role: 'validation' | 'test' } | null {
  const words = meaning(name);
  if (words.length < 2) return null;
  for (const [place, word] of words.entries()) {
    const role = roleOfWord(word);
    if (role === 'validation' || role === 'test') return { of: words.toSpliced(place, 1).join(' '), role };
  }
  return null;
}

/** Whether a name says no more than these words. */
export function isNamed(name: string, words: string): boolean {
  return meaning(name).join(' ') === words;
}

/** `images`, `data_2`: a name that says nothing of what is in it. A number alone is the name of a class, as of digits. */
export function saysNothing(name: string): boolean {
  return meaning(name).length === 0 && /\p{L}/u.test(name);
}

/** Lower is better for validation: hyperparameters are chosen by `val`, and a test set is for afterwards. */
export function validationRank(name: string): number {
  const words = meaning(name);
  const place = ROLES.validation.findIndex((word) => words.includes(word));
  return place === -1 ? ROLES.validation.length : place;
}

function roleOfWord(word: string): Role | null {
  const roles = Object.keys(ROLES) as Role[];
  return roles.find((role) => ROLES[role].includes(word)) ?? null;
}

function meaning(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.replace(/(?<=^(?:train|training|val|valid|validation|test|testing))(?:set|data|\d+)$/, ''))
    .filter((word) => word !== '' && !AROUND.test(word));
}
