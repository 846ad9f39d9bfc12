import { join } from 'node:path';
import { writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import type { NamedPlot } from './plots.ts';
import { loadSharp } from '../../data/images/load-sharp.ts';

/** As SVG and, for programs that take pixels alone, as PNG. */
export async function writePlot(folder: string, { name, svg }: NamedPlot): Promise<void> {
  const sharp = await loadSharp();
  await writeFileAtomically(join(folder, `${name}.svg`), `<?xml version="1.0" encoding="UTF-8"?>\n${svg.text}\n`);
  // Three pixels to each: sharp in print.
  const png = await sharp(Buffer.from(svg.text), { density: 216 }).png({ compressionLevel: 9 }).toBuffer();
  await writeFileAtomically(join(folder, `${name}.png`), png);
}
