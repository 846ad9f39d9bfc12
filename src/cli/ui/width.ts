/** What is two columns wide: letters of East Asia, and pictures. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const PLAIN = /^[\x20-\x7E]*$/;

let segmenter: Intl.Segmenter | null = null;

/** How many columns of a terminal a text takes: marks above a letter take none, and a picture of several characters is one. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return lettersOf(text).reduce((width, letter) => width + (WIDE.test(letter) ? 2 : 1), 0);
}

/** With so many spaces that it is `width` wide; a longer one as it is. */
export function padded(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? space + text : text + space;
}

/** At most `most` columns wide: of a longer one both ends, by which names are told apart. */
export function shortened(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  const letters = lettersOf(text);
  const room = most - CUT.length;
  const end = Math.floor(room / 3);
  return `${fitting(letters, room - end).join('')}${CUT}${fitting(letters.toReversed(), end).toReversed().join('')}`;
}

/** Also where a terminal shows no more than ASCII. */
const CUT = '..';

/** As many as have room, from the first on. */
function fitting(letters: readonly string[], room: number): readonly string[] {
  let width = 0;
  const over = letters.findIndex((letter) => (width += widthOf(letter)) > room);
  return over < 0 ? letters : letters.slice(0, over);
}

/** As people count them: with the marks above them. */
function lettersOf(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
