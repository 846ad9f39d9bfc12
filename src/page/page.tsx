import type { RunView } from '../coordinator/view/view.ts';
import { Answers } from './answers.tsx';
import { Charts } from './charts.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { Controls } from './controls.tsx';
import { Generations, Happened } from './history.tsx';
import { Inside } from './inside.tsx';
import { Ring } from './ring.tsx';
import { Runs } from './runs.tsx';
import type { Link, PageState } from './state.ts';
import type { Store } from './store.ts';
import { count, duration, figure, percent, plural } from './text.ts';
import { Workers } from './workers.tsx';

export function Page({ store, state }: { readonly store: Store; readonly state: PageState }) {
  const { runs, link } = state;
  const [view] = runs;
  if (view === undefined) {
    return (
      <main>
        <h1>gradsocket</h1>
        <p role="status">{opening(state)}</p>
      </main>
    );
  }
  if (runs.length > 1) {
    return (
      <main>
        <h1>{plural(runs.length, 'run')}</h1>
        <Runs runs={runs} />
        <Charts runs={runs} />
      </main>
    );
  }
  return (
    <main>
      <Head view={view} state={state} />
      {link === 'still' ? null : <Controls store={store} state={state} view={view} />}
      <Tiles view={view} />
      <Charts runs={runs} />
      <Answers view={view} />
      <Inside view={view} live={link === 'live'} />
      <Workers view={view} />
      <Ring view={view} />
      <Generations view={view} />
      <Happened view={view} />
      <Checkpoints view={view} state={state} />
      <Typed view={view} />
    </main>
  );
}

function opening({ link, trouble }: PageState): string {
  if (trouble !== null && trouble !== 'over') return trouble;
  if (link === 'lost') return 'The coordinator does not answer. It is asked again.';
  return link === 'loading' ? 'Loading …' : 'The dataset is being read …';
}

function Head({ view, state }: { readonly view: RunView; readonly state: PageState }) {
  const { run, name } = view;
  const done = run.steps > 0 ? run.step / run.steps : 0;
  return (
    <header>
      <h1>{name}</h1>
      <p>
        <strong class={`state ${run.state}`}>{run.state}</strong> {run.job.model} on {run.dataset.name}
        {state.link === 'still' ? '' : `, ${run.present} of ${plural(run.wanted, 'worker')}`}
      </p>
      <p role="status" class="link">
        {linkText(state.link, state.trouble)}
      </p>
      <progress
        value={run.step}
        max={Math.max(1, run.steps)}
        aria-label={`${run.step} of ${plural(run.steps, 'step')}, ${percent(done)}`}
      />
    </header>
  );
}

function linkText(link: Link, trouble: string | null): string {
  if (link !== 'lost') return '';
  if (trouble === 'over') return 'The run is over, and its coordinator has gone: this is how it ended.';
  return trouble ?? 'The coordinator does not answer. What you see was so when it last did; it is asked again.';
}

function Tiles({ view: { run } }: { readonly view: RunView }) {
  const last = run.evaluations.at(-1);
  const best = run.evaluations.reduce(
    (most: number | null, { accuracy }) => (most === null || accuracy > most ? accuracy : most),
    null,
  );
  const tiles: readonly (readonly [string, string])[] = [
    ['step', `${count(run.step)} / ${count(run.steps)}`],
    ['epoch', `${count(Math.min(run.epoch + 1, run.epochs))} / ${count(run.epochs)}`],
    ['loss', figure(run.loss)],
    ['accuracy', percent(run.accuracy)],
    ['validation loss', figure(last?.loss)],
    ['validation accuracy', percent(last?.accuracy)],
    ['best', percent(best)],
    ['images/s', count(run.imagesPerSecond)],
    ['learning rate', figure(run.learningRate)],
    ['time left', run.step >= run.steps ? '–' : duration(run.secondsLeft)],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Of the coordinator, as this page reached it: others reach it there, too. */
function addressHere(): string {
  return location.href
    .replace(/^http/, 'ws')
    .replace(/[?#].*$/, '')
    .replace(/\/$/, '');
}

/** Commands to copy. */
function Typed({ view: { commands, run } }: { readonly view: RunView }) {
  return (
    <section aria-labelledby="typed">
      <h2 id="typed">To type</h2>
      <p>The same run again:</p>
      <pre tabIndex={0}>{commands.run}</pre>
      {commands.join === null || run.state === 'finished' ? null : (
        <>
          <p>Another worker that joins it:</p>
          <pre tabIndex={0}>{commands.join.replace('{coordinator}', addressHere())}</pre>
        </>
      )}
    </section>
  );
}
