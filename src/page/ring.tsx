import type { RunView } from '../coordinator/view/view.ts';
import { plural, size } from './text.ts';

const SIZE = 300;
const MOST = 16;

/** The all-reduce as a picture: who sends to whom, and how much. */
export function Ring({ view }: { readonly view: RunView }) {
  const { run, generations, workers } = view;
  const { shares = [], workers: members = 0 } = generations.at(-1) ?? {};
  if (run.topology === null || members < 2) return null;
  const shown = shares.slice(0, MOST);
  const star = run.topology === 'star';
  const sent = (name: string): number => workers.find((worker) => worker.name === name)?.bytesSent ?? 0;
  const places = shown.map(({ worker }, rank) => {
    const angle = (2 * Math.PI * rank) / shown.length - Math.PI / 2;
    return { worker, rank, x: SIZE / 2 + 105 * Math.cos(angle), y: SIZE / 2 + 105 * Math.sin(angle) };
  });
  const center = { x: SIZE / 2, y: SIZE / 2 };
  const links = star
    ? places.map((place) => ({ from: place, to: center, key: `${place.rank}` }))
    : places.flatMap((from) =>
        places.filter(({ rank }) => rank > from.rank).map((to) => ({ from, to, key: `${from.rank}-${to.rank}` })),
      );
  const words = star
    ? `Star: ${plural(members, 'worker')} send their sums to the coordinator, which folds them and sends the result to all.`
    : `Mesh: each of ${plural(members, 'worker')} sends to every other one; each owns a part of the vector, folds it, and sends the result to all.`;
  const moves = run.state === 'training';
  return (
    <section aria-labelledby="ring">
      <h2 id="ring">All-reduce</h2>
      <div class="ring">
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`} width={SIZE} role="img" aria-label={words}>
          {links.map(({ from, to, key }) => (
            <g key={key} class={moves ? 'flow moves' : 'flow'}>
              <path d={arc(from, to)} />
              <path class="back" d={arc(to, from)} />
            </g>
          ))}
          {star ? (
            <g>
              <circle class="hub" cx={center.x} cy={center.y} r="26" />
              <text x={center.x} y={center.y + 4}>
                folds
              </text>
            </g>
          ) : null}
          {places.map(({ worker, rank, x, y }) => (
            <g key={worker}>
              <title>{`${worker}: ${size(sent(worker))} a step`}</title>
              <circle cx={x} cy={y} r="20" />
              <text x={x} y={y + 4}>
                {rank}
              </text>
            </g>
          ))}
        </svg>
        <div>
          <p>{words}</p>
          <ol start={0}>
            {shown.map(({ worker }) => (
              <li key={worker}>
                {worker}: sends {size(sent(worker))} a step
              </li>
            ))}
          </ol>
          {members > MOST ? <p>and {plural(members - MOST, 'more worker')}</p> : null}
          <p>{size(view.bytesSent)} a step in all.</p>
        </div>
      </div>
    </section>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Bent to its own left, so that there and back are two lines. */
function arc(from: Point, to: Point): string {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const middle = { x: (from.x + to.x) / 2 - dy * 0.06, y: (from.y + to.y) / 2 + dx * 0.06 };
  return `M${from.x} ${from.y}Q${middle.x} ${middle.y} ${to.x} ${to.y}`;
}
