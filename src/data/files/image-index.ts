import { isUnreadImageName, withoutImageEnding } from './image-file.ts';

/** Images by what a table may call them. */
export interface ImageIndex {
  /** Null: two have that name. */
  readonly names: ReadonlyMap<string, string | null>;
  readonly size: number;
}

export interface NamedImage {
  /** Null: it may be one of two. */
  readonly image: string | null;
  /** How many parts of its path were named. */
  readonly parts: number;
}

/**
 * Of paths with `/`. What is a name of one of `images` is none of `others`; and `1` is `1.jpg`, not its mask `1.pgm`, of a kind that is
 * not read.
 */
export function imageIndex(images: readonly string[], others: readonly string[] = []): ImageIndex {
  return { names: new Map([...readFirst(others), ...readFirst(images)]), size: images.length + others.length };
}

/** Tables are made on other machines: `C:\pets\1.JPG`, `pets/1` and `1` are the image `pets/1.jpg`. Null: none is. */
export function imageNamed(index: ImageIndex, name: string): NamedImage | null {
  for (const [end, parts] of endsOf(name.trim().replaceAll('\\', '/'))) {
    for (const known of [end, withoutImageEnding(end)]) {
      const image = index.names.get(known);
      if (image !== undefined) return { image, parts };
    }
  }
  return null;
}

function readFirst(images: readonly string[]): Map<string, string | null> {
  const unread = images.filter(isUnreadImageName);
  const read = images.filter((image) => !isUnreadImageName(image));
  return new Map([...namesOf(unread), ...namesOf(read)]);
}

function namesOf(images: readonly string[]): Map<string, string | null> {
  const names = new Map<string, string | null>();
  for (const image of images) {
    for (const [end] of endsOf(image)) {
      for (const name of new Set([end, withoutImageEnding(end)])) names.set(name, names.has(name) ? null : image);
    }
  }
  return names;
}

/** The path, and what is left of it without the first folder, the first two, ...; each with how many parts it has. */
function endsOf(path: string): readonly (readonly [string, number])[] {
  const parts = path.normalize().toLowerCase().split('/');
  return parts.map((_, from) => [parts.slice(from).join('/'), parts.length - from]);
}
