import { classesInNames } from './class-name.ts';
import { roleOf } from './roles.ts';
import type { Tree } from '../files/tree.ts';
import { hasImages } from './tree-looks.ts';

interface Found {
  /** From the dataset's folder, with `/`. */
  readonly file: string;
  /** In small letters: of the folder that the file lies in, and those above it. */
  readonly within: readonly string[];
}

const BOXES =
  'Boxes and masks are not read here: cut out what they show, and put the images of each class into a folder of its name';
const SORT = 'Those are not read here: put the images of each class into a folder of its name';

/** Of a table that is not read, for its columns or what they name. */
const SHORTEN =
  'Of tables only a CSV, TSV or JSONL file is read that has a line of file,label for each image, with one class: shorten it to these two columns, or put the images of each class into a folder of its name';

interface Description {
  readonly is: (found: Found) => boolean;
  /** Goes on from `FOLDER `; the file follows in parentheses. */
  readonly what: string;
  readonly advice: string;
}

const TABLE = /\.(?:csv|tsv|xlsx?|jsonl|ndjson)$/i;
const LIST =
  /^(?:train|trn|trainval|val|valid|test|tst|list|labels?|classes|annotations?|image_class_labels)\b.*\.(?:txt|lst)$/i;

/** The likeliest first. */
const DESCRIPTIONS: readonly Description[] = [
  {
    is: ({ file, within }) => /\.json$/i.test(file) && (within.includes('annotations') || /coco/i.test(file)),
    what: 'is a dataset of boxes or masks, as COCO has them',
    advice: BOXES,
  },
  {
    is: ({ file, within }) => /\.txt$/i.test(file) && within.includes('labels'),
    what: 'is a dataset of boxes, as YOLO has them',
    advice: BOXES,
  },
  {
    is: ({ file, within }) => /\.xml$/i.test(file) && within.some((name) => /^annotations?$/.test(name)),
    what: 'is a dataset of boxes, as Pascal VOC has them',
    advice: BOXES,
  },
  {
    is: ({ file }) => TABLE.test(file) && /label|class|train/i.test(file),
    what: 'says in a table what its images are',
    advice: SHORTEN,
  },
  {
    is: ({ file }) => TABLE.test(file) && !/submission/i.test(file),
    what: 'says in a table what its images are',
    advice: SHORTEN,
  },
  { is: ({ file }) => /\.mat$/i.test(file), what: 'says in a MATLAB file what its images are', advice: SORT },
  {
    is: ({ file }) => LIST.test(file.slice(file.lastIndexOf('/') + 1)),
    what: 'says in a list what its images are',
    advice: SORT,
  },
];

/**
 * Of a folder of images whose classes stand neither in folders nor in names, but in files of another program: a sentence that goes on
 * from the folder's name. Null: it has classes (`hasClasses`), or nobody knows from where it has none.
 */
export function describedElsewhere(root: Tree, hasClasses: boolean): string | null {
  if (!hasImages(root)) return null;
  // Its folders look like classes.
  const voc = root.folders.map(({ name }) => name).filter((name) => /^(?:jpegimages|annotations)$/i.test(name));
  if (voc.length > 1)
    return `is a dataset of boxes or masks, as Pascal VOC has them (${voc.map((name) => `${name}/`).join(', ')}). ${BOXES}.`;
  if (hasClasses) return null;
  const files = filesIn(root, '', []);
  const named = namedWithin(root, '');
  for (const { is, what, advice } of DESCRIPTIONS) {
    const found = files.find(is);
    if (found === undefined || (named !== null && advice !== BOXES)) continue;
    const instead =
      named === null || named === '' ? '' : `, or pass ${named} in it: the names of its files say classes`;
    return `${what} (${found.file}). ${advice}${instead}.`;
  }
  return null;
}

/** The folder whose files are named by class, from the dataset's, with `/`: Oxford's pets, with boxes beside them. Null: none is. */
function namedWithin({ images, folders }: Tree, path: string): string | null {
  if (images.length > 0 && classesInNames(images) !== null) return path;
  const full = folders.filter((folder) => hasImages(folder) && roleOf(folder.name) !== 'side');
  return full.map((folder) => namedWithin(folder, `${path}${folder.name}/`)).find((found) => found !== null) ?? null;
}

function filesIn({ others, folders }: Tree, path: string, within: readonly string[]): readonly Found[] {
  return [
    ...others.map((name) => ({ file: `${path}${name}`, within })),
    ...folders.flatMap((below) => filesIn(below, `${path}${below.name}/`, [...within, below.name.toLowerCase()])),
  ];
}
