import { createHash } from 'node:crypto';
import { readWeights } from '../run/first-state.ts';
import type { Cell } from './grid/grid.ts';

/**
 * The runs with the digest of their `--weights`, as each of them will have it in its job: what tells a run that was begun
 * with this file from one of another. A file that cannot be read leaves it open; runs that have a checkpoint do without it.
 */
export async function withPinnedWeights(cells: readonly Cell[]): Promise<readonly Cell[]> {
  const digests = new Map<string, Promise<string | null>>();
  const digestOf = (file: string): Promise<string | null> => {
    const known = digests.get(file) ?? readWeights(file).then(sha256, () => null);
    digests.set(file, known);
    return known;
  };
  return Promise.all(
    cells.map(async (cell) => {
      const { weights, weightsSha256 } = cell.job;
      if (weights === null || weightsSha256 !== null) return cell;
      return { ...cell, job: { ...cell.job, weightsSha256: await digestOf(weights) } };
    }),
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
