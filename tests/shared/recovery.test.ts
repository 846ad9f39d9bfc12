import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TRANSITIONS } from '../../src/coordinator/membership/transitions.ts';
import { transitions } from '../../src/worker/session/next.ts';

const page = fileURLToPath(new URL('../../docs/recovery.md', import.meta.url));

/** An arrow of a state diagram; without words where the states say enough. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly on: readonly string[];
}

/** As Mermaid draws it, which forges show as a picture. */
function diagram(arrows: readonly Arrow[]): string {
  const lines = arrows.map(({ from, to, on }) => `    ${from} --> ${to}${on.length === 0 ? '' : `: ${on.join(', ')}`}`);
  return ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n');
}

/** What may follow almost everything would hide the rest: `left`, and a `welcome` to a worker that has lost its place. */
function ofSession(): Arrow[] {
  const arrows = new Map<string, { from: string; to: string; on: string[] }>();
  for (const { from, to, on } of transitions()) {
    if (to === 'left' || (on === 'welcome' && from !== 'joining')) continue;
    const arrow = arrows.get(`${from} ${to}`) ?? { from, to, on: [] };
    arrow.on.push(on);
    arrows.set(`${from} ${to}`, arrow);
  }
  return [...arrows.values()];
}

/** `finished` may follow everything. */
function ofRun(): Arrow[] {
  return Object.entries(TRANSITIONS).flatMap(([from, after]) => after.map((to) => ({ from, to, on: [] })));
}

function withPart(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- begin: ${name} -->\n`, `<!-- end: ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  expect(from, begin).toBeGreaterThan(0);
  expect(to, end).toBeGreaterThan(from);
  return `${text.slice(0, from + begin.length)}${content}\n${text.slice(to)}`;
}

it('docs/recovery.md draws the machines of the code (npm run docs writes it)', async () => {
  const text = withPart(readFileSync(page, 'utf8'), 'phases', diagram(ofRun()));
  await expect(withPart(text, 'session', diagram(ofSession()))).toMatchFileSnapshot(page);
});
