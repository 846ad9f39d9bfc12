import { readdirSync } from 'node:fs';

/** The driver of NVIDIA has a folder for each card. */
const DRIVER = '/proc/driver/nvidia/gpus';

/**
 * The cards that CUDA shows this process, as CUDA_VISIBLE_DEVICES names them: those that are named there already, else all by their
 * numbers. None where there is no such card.
 */
export function visibleCards(named = process.env['CUDA_VISIBLE_DEVICES'], list = cardsOfDriver): readonly string[] {
  if (named === undefined) return Array.from({ length: list() }, (_, index) => String(index));
  const names = named.split(',').map((name) => name.trim());
  // What follows one that is none, CUDA does not show either.
  const end = names.findIndex((name) => name === '' || name.startsWith('-'));
  return end === -1 ? names : names.slice(0, end);
}

/**
 * The variables by which a worker sees one card, its own where there are enough of them; none where there is no choice: TensorFlow
 * takes the first card that it sees, and would have all workers share that.
 */
export function cardOf(worker: number, cards: readonly string[]): Readonly<Record<string, string>> {
  const card = cards[worker % cards.length];
  return card === undefined || cards.length === 1 ? {} : { CUDA_VISIBLE_DEVICES: card };
}

function cardsOfDriver(): number {
  try {
    return readdirSync(DRIVER).length;
  } catch {
    return 0;
  }
}
