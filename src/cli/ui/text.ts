import { countText } from '../../shared/plural.ts';

/** How numbers and names read at the terminal. Pure. */

export function percentText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Four digits that count, whatever the size; a loss may be 2.3 or 0.00012, and may blow up. */
export function lossText(loss: number): string {
  if (!Number.isFinite(loss)) return String(loss);
  const size = Math.abs(loss);
  return (loss !== 0 && size < 0.001) || size >= 10_000 ? loss.toExponential(2) : loss.toFixed(4);
}

export function rateText(imagesPerSecond: number): string {
  return `${imagesPerSecond < 10 ? imagesPerSecond.toFixed(1) : countText(imagesPerSecond)} images/s`;
}

/** `0:07`, `12:30`, `3:04:05`. */
export function clockText(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
