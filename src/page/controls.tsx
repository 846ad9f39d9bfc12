import { useState } from 'preact/hooks';
import type { RunView } from '../coordinator/view/view.ts';
import type { PageState } from './state.ts';
import type { Store } from './store.ts';

interface ControlsOptions {
  readonly store: Store;
  readonly state: PageState;
  readonly view: RunView;
}

/** What may be asked of the run. Who has not shown its token is asked for it first. */
export function Controls({ store, state, view }: ControlsOptions) {
  const [said, setSaid] = useState('');
  const [asksFor, setAsksFor] = useState<string | null>(null);
  const [sure, setSure] = useState(false);
  const { run } = view;
  const over = run.state === 'finished' || run.state === 'failed';
  const idle = over || state.link !== 'live';
  if (over) return null;
  const ask = async (order: string): Promise<void> => {
    setSure(false);
    if (!state.maySteer) return setAsksFor(order);
    const answer = await store.order(order).catch(() => 'The coordinator does not answer.');
    if (answer === null) setAsksFor(order);
    else setSaid(answer === 'It will.' ? '' : answer);
  };
  const button = (order: string, text: string) => (
    <button type="button" disabled={idle} onClick={() => void ask(order)}>
      {text}
    </button>
  );
  return (
    <section class="controls" aria-label="Controls">
      {button('checkpoint', 'Save a checkpoint')}
      {run.state === 'paused' ? button('resume', 'Go on') : button('pause', 'Pause')}
      {sure ? (
        <span role="group" aria-label="Stop the run?">
          {button('stop', 'Yes, stop it')}
          <button type="button" onClick={() => setSure(false)}>
            No
          </button>
        </span>
      ) : (
        <button type="button" class="danger" disabled={idle} onClick={() => setSure(true)}>
          Stop …
        </button>
      )}
      <span role="status">{said}</span>
      {asksFor === null ? null : (
        <TokenForm
          store={store}
          onDone={(right) => {
            if (!right) return setSaid('This is not the token of the run (the view token only shows it).');
            const order = asksFor;
            setAsksFor(null);
            setSaid('');
            void store.order(order);
          }}
        />
      )}
    </section>
  );
}

function TokenForm({ store, onDone }: { readonly store: Store; readonly onDone: (right: boolean) => void }) {
  const [token, setToken] = useState('');
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        void store.showToken(token).then(onDone);
      }}
    >
      <label>
        The token of this run (--token)
        <input
          type="password"
          autocomplete="current-password"
          value={token}
          required
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <button>Show it</button>
    </form>
  );
}
