import { visible } from '../../shared/visible.ts';
import { padded, widthOf } from './width.ts';

/** Of a name: a longer one only shifts its own line, and does not push the figures of all others off the screen. */
const WIDEST = 48;

/** Rows as lines whose cells stand below each other. The first `left` columns begin where they begin; the others, numbers, end where they end. */
export function columns(cells: readonly (readonly string[])[], left = 1): readonly string[] {
  // As they are shown, for their widths.
  const rows = cells.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      const width = column < left ? Math.min(WIDEST, widthOf(cell)) : widthOf(cell);
      widths[column] = Math.max(widths[column] ?? 0, width);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column]!, column < left ? 'right' : 'left'))
      .join('  ')
      .trimEnd(),
  );
}
