import { lossText } from '../../ui/text.ts';
import type { Found, Tried } from './range.ts';

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [640, 320, 56, 28, 44];

/** The range test as a picture: the losses as they were, the smoothed curve, the rate that was taken. SVG, without anything from elsewhere. */
export function rangePlot(tried: readonly Tried[], { rate, curve }: Found): string {
  const losses = curve.map(({ loss }) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const room = Math.max((high - low) * 0.15, 1e-6);
  const [bottom, top] = [low - room, high + room];
  const [first, last] = [Math.log10(tried[0]!.rate), Math.log10(curve.at(-1)!.rate)];
  const x = (value: number): number => LEFT + ((Math.log10(value) - first) / (last - first)) * (WIDTH - LEFT - 16);
  const y = (value: number): number => TOP + ((top - value) / (top - bottom)) * (HEIGHT - TOP - BOTTOM);
  const at = ({ rate: r, loss }: Tried): string => `${x(r).toFixed(1)},${y(loss).toFixed(1)}`;
  const decades = Array.from(
    { length: Math.floor(last) - Math.ceil(first) + 1 },
    (_, i) => 10 ** (Math.ceil(first) + i),
  );
  const marks = [bottom + room / 2, (low + high) / 2, top - room / 2];
  const dots = tried.filter((one) => one.loss >= bottom && one.loss <= top && one.rate <= curve.at(-1)!.rate);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>Range test: loss by learning rate; ${rate} was taken</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...decades.map(
      (decade) =>
        `<path d="M${x(decade).toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/>` +
        `<text x="${x(decade).toFixed(1)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${Number(decade.toPrecision(1))}</text>`,
    ),
    ...marks.map(
      (mark) =>
        `<path d="M${LEFT} ${y(mark).toFixed(1)}H${WIDTH - 16}" stroke="#eee"/>` +
        `<text x="${LEFT - 6}" y="${(y(mark) + 4).toFixed(1)}" text-anchor="end">${lossText(mark)}</text>`,
    ),
    ...dots.map((one) => `<circle cx="${x(one.rate).toFixed(1)}" cy="${y(one.loss).toFixed(1)}" r="1.8" fill="#9bb"/>`),
    `<polyline points="${curve.map(at).join(' ')}" fill="none" stroke="#06c" stroke-width="2"/>`,
    `<path d="M${x(rate).toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}" stroke="#c30" stroke-width="1.5" stroke-dasharray="5 3"/>`,
    `<text x="${x(rate).toFixed(1)}" y="${TOP - 8}" text-anchor="middle" fill="#c30">${rate}</text>`,
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 8}" text-anchor="middle">learning rate, a step each; line: loss, smoothed</text>`,
    '</svg>\n',
  ].join('\n');
}
