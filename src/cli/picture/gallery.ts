import { Canvas, type Image, textHeight, textWidth } from './canvas.ts';
import { enlargement, FAINT, GAP, INK, MARGIN, PAPER, ROW, shortened } from './theme.ts';

/** An image with what is to be said of it. */
export interface Captioned {
  readonly image: Image;
  /** Lines: the first two are what matters. */
  readonly caption: readonly string[];
}

/** Characters of a caption; the tiles of small images are as wide as these. */
const CAPTION = 30;
const TEXT = 1;
const TITLE = 2;
/** Between a caption and the row below. */
const ROW_GAP = 20;

/** Images of one size, row by row, each with its caption. */
export function drawGallery(
  images: readonly Captioned[],
  [height, width]: readonly [height: number, width: number],
  title: string,
): Canvas {
  const scale = enlargement(height, width);
  const tile = Math.max(width * scale, textWidth('x'.repeat(CAPTION), TEXT)) + 2 * GAP;
  const characters = Math.floor((tile - GAP) / (textWidth('xx', TEXT) - textWidth('x', TEXT)));
  const line = textHeight(TEXT) + GAP;
  const lines = Math.max(0, ...images.map(({ caption }) => caption.length));
  const row = height * scale + GAP + lines * line + ROW_GAP;
  const across = Math.max(1, Math.min(Math.floor(ROW / tile), images.length));
  const top = MARGIN + textHeight(TITLE) + MARGIN;
  const canvas = new Canvas(
    Math.max(MARGIN + across * tile + MARGIN, MARGIN + textWidth(title, TITLE) + MARGIN),
    top + Math.ceil(images.length / across) * row + MARGIN,
    PAPER,
  );
  canvas.text(title, { x: MARGIN, y: MARGIN, scale: TITLE }, INK);
  for (const [place, { image, caption }] of images.entries()) {
    const x = MARGIN + (place % across) * tile;
    const y = top + Math.floor(place / across) * row;
    canvas.image(image, { x, y, scale });
    caption.forEach((text, index) => {
      const below = y + height * scale + GAP + index * line;
      canvas.text(shortened(text, characters), { x, y: below, scale: TEXT }, index < 2 ? INK : FAINT);
    });
  }
  return canvas;
}

/** What tells files apart is the end of their path. */
export function endOf(path: string, most = CAPTION): string {
  const characters = Array.from(path.slice(path.lastIndexOf('/') + 1));
  return characters.length <= most ? characters.join('') : `..${characters.slice(2 - most).join('')}`;
}
