import type { LiveMessage, PageData } from '../coordinator/view/view.ts';
import { after, EMPTY, type PageInput, type PageState } from './state.ts';

const AGAIN_MS = [500, 1_000, 2_000, 5_000] as const;
/** Nothing comes for longer: the connection is dead, though nobody has said so. */
const SILENT_MS = 15_000;
const SUBPROTOCOL = 'gradsocket.v1';

/** Keeps what is shown: asks for all of it once, then listens, and does both anew where the connection breaks. */
export class Store {
  state: PageState = EMPTY;
  readonly #changed: () => void;
  #socket: WebSocket | null = null;
  #tries = 0;
  #heard = 0;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  async start(): Promise<void> {
    await signIn();
    await this.#ask();
    setInterval(() => {
      if (this.#socket !== null && Date.now() - this.#heard > SILENT_MS) this.#socket.close();
    }, 1_000);
  }

  /** Asks the run to do something. Returns what it says; null where a token is wanted first. */
  async order(name: string): Promise<string | null> {
    const answer = await fetch(`api/${name}`, { method: 'POST' });
    if (answer.status === 401 || answer.status === 403) return null;
    return (await answer.text()).trim();
  }

  /** Returns whether it was the token of the run. */
  async showToken(token: string): Promise<boolean> {
    await login(token);
    await this.#ask();
    return this.state.maySteer;
  }

  async #ask(): Promise<void> {
    try {
      const answer = await fetch('api/view');
      // Its form asks for the token.
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return this.#lost((await answer.text()).trim());
      const data = (await answer.json()) as PageData;
      this.#take({ type: 'data', data });
      this.#tries = 0;
      if (data.live && this.#socket === null) this.#listen();
    } catch {
      this.#lost(null);
    }
  }

  #listen(): void {
    const address = new URL('v1/view', location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address, SUBPROTOCOL);
    this.#socket = socket;
    this.#heard = Date.now();
    socket.addEventListener('message', ({ data }) => {
      this.#heard = Date.now();
      this.#tries = 0;
      this.#take({ type: 'message', message: JSON.parse(String(data)) as LiveMessage });
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#socket = null;
      this.#lost(null);
    });
  }

  #lost(trouble: string | null): void {
    const [run] = this.state.runs;
    const over = run !== undefined && ['finished', 'failed'].includes(run.run.state);
    this.#take({ type: 'lost', trouble: over ? 'over' : trouble });
    const wait = AGAIN_MS[Math.min(this.#tries++, AGAIN_MS.length - 1)]!;
    setTimeout(() => void this.#ask(), wait);
  }

  #take(input: PageInput): void {
    this.state = after(this.state, input);
    this.#changed();
  }
}

/** With the token behind the `#` of the address, which no request carries and no log sees. It goes from the address at once. */
async function signIn(): Promise<void> {
  const token = decodeURIComponent(location.hash.slice(1));
  if (token === '') return;
  history.replaceState(null, '', location.pathname + location.search);
  await login(token).catch(() => undefined);
}

async function login(token: string): Promise<void> {
  await fetch('login', { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' });
}
