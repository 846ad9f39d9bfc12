import { visible } from '../../shared/visible.ts';

/** Rows as lines whose cells stand below each other. The first `left` columns begin where they begin; the others, numbers, end where they end. */
export function columns(cells: readonly (readonly string[])[], left = 1): readonly string[] {
  // As they are shown, for their widths.
  const rows = cells.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, Array.from(cell).length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(widths[column]! - Array.from(cell).length);
        return column < left ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}
