import type { Guess } from '../trained/ranking.ts';
import { visible } from '../../shared/visible.ts';
import { percentText } from '../ui/text.ts';
import { padded, shortened, widthOf } from '../ui/width.ts';

/** Longer names than these would push everything after them off the screen; they only shift their own line. */
const WIDEST_FILE = 60;
const WIDEST_LABEL = 24;
/** A line has several classes: of names of hundreds of letters nobody would find the figures. `--json` and `--csv` have them whole. */
const LONGEST_LABEL = 48;
const PERCENT = '100.0 %'.length;

/** One line for each image, written as it is known: its columns are as wide as the longest names that may come. */
export function predictionLine(
  files: readonly string[],
  classes: readonly string[],
): (file: string, guesses: readonly Guess[]) => string {
  const width = longest(files, WIDEST_FILE);
  const label = longest(classes, WIDEST_LABEL);
  return (file, guesses) =>
    [
      padded(visible(file), width),
      ...guesses.map(
        (guess) =>
          `${padded(shortened(visible(guess.label), LONGEST_LABEL), label)} ${percentText(guess.probability).padStart(PERCENT)}`,
      ),
    ].join('   ');
}

function longest(texts: readonly string[], most: number): number {
  return Math.min(
    texts.reduce((width, text) => Math.max(width, widthOf(visible(text))), 0),
    most,
  );
}
