import { html, Markup } from '../picture/markup.ts';
import { FONT } from '../picture/font.ts';
import { shadeOf } from '../sweep/report/palette.ts';

/** A picture of more classes cannot be read. */
const MOST_CLASSES = 40;

/**
 * What samples are (rows) and what they were taken for (columns), each row by its own number of samples. Null: too many classes for a
 * picture.
 */
export function confusionPicture(matrix: readonly (readonly number[])[], classes: readonly string[]): Markup | null {
  if (classes.length > MOST_CLASSES) return null;
  const cell = classes.length <= 12 ? 46 : classes.length <= 24 ? 30 : 20;
  const font = cell >= 46 ? 13 : cell >= 30 ? 10 : 7;
  const names = classes.map((name) => shortened(name));
  const room = Math.max(30, ...names.map((name) => widthOf(name) + 14));
  const [left, top] = [room + 26, room + 44];
  const side = cell * classes.length;
  const [width, height] = [left + side + 16, top + side + 16];
  const cells = matrix.flatMap((row, actual) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, decided) => {
      const shade = count === 0 || all === 0 ? { fill: '#f6f7f8', ink: '#9aa5ad' } : shadeOf(count / all);
      const [x, y] = [left + decided * cell, top + actual * cell];
      return html`<g><title>${classes[actual]!} taken for ${classes[decided]!}: ${count}</title><rect x="${x}" y="${y}" width="${cell - 1}" height="${cell - 1}" fill="${shade.fill}"/>${
        count === 0
          ? null
          : html`<text x="${x + cell / 2}" y="${y + cell / 2 + font / 3}" font-size="${font}" fill="${shade.ink}" text-anchor="middle">${count}</text>`
      }</g>`;
    });
  });
  const rows = names.map(
    (name, index) =>
      html`<text x="${left - 8}" y="${top + (index + 0.5) * cell + 4}" font-size="12" fill="#16222c" text-anchor="end">${name}</text>`,
  );
  const columns = names.map(
    (name, index) =>
      html`<text transform="translate(${left + (index + 0.5) * cell + 4} ${top - 8}) rotate(-90)" font-size="12" fill="#16222c">${name}</text>`,
  );
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Confusion matrix: rows are what samples are, columns what they were taken for" ${new Markup(FONT)}><rect width="${width}" height="${height}" fill="#fff"/><text x="16" y="24" font-size="15" font-weight="bold" fill="#16222c">Confusion matrix</text><text x="${left + side / 2}" y="42" font-size="13" fill="#52606c" text-anchor="middle">taken for</text><text transform="translate(16 ${top + side / 2}) rotate(-90)" font-size="13" fill="#52606c" text-anchor="middle">is</text>${columns}${rows}${cells}</svg>`;
}

/** About, in pixels at the size that names have: from Hangul on, characters are as wide as they are high. */
function widthOf(name: string): number {
  return Array.from(name).reduce((width, character) => width + (character.codePointAt(0)! < 0x1100 ? 7 : 12), 0);
}

function shortened(name: string): string {
  const characters = Array.from(name);
  return characters.length <= 18 ? name : `${characters.slice(0, 17).join('')}…`;
}
