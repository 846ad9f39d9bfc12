import type { AcceptOptions } from '../../src/collective/accept.ts';
import type { ChunkLink } from '../../src/collective/chunk-link.ts';
import type { DialOptions } from '../../src/collective/dial.ts';
import type { Linking } from '../../src/collective/linking.ts';
import { EXIT, GradsocketError } from '../../src/shared/errors.ts';
import { LIMITS } from '../../src/shared/protocol/limits.ts';
import { ChunkConnection } from './chunk-connection.ts';
import type { End } from './control-channel.ts';
import type { Network, Site } from './network.ts';

type Accepting = Omit<AcceptOptions, 'server'>;

/** Between the dialler's and the acceptor's machines, before there is a link. */
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 500;

/** Who is called at which site and path. */
export class Switchboard {
  readonly #network: Network;
  /** Told when somebody dials; what it returns is told when the link is let in. */
  readonly #onDialled: (dialler: End) => (acceptor: End) => void;
  readonly #served = new Map<
    string,
    { readonly end: End; readonly options: Accepting; readonly arriving: Set<ChunkConnection> }
  >();

  constructor(network: Network, onDialled: (dialler: End) => (acceptor: End) => void = () => () => undefined) {
    this.#network = network;
    this.#onDialled = onDialled;
  }

  /** What a process at `end` makes links with. `accepts`: whether others can call it. */
  linkingOf(end: End, accepts: boolean): Linking {
    return {
      dial: (options) => this.#dial(end, options),
      accept: accepts ? (options) => this.serve(end, options) : null,
      after: (ms, action) => this.#network.scheduler.after(end.process, ms, 'timer', action),
    };
  }

  serve(end: End, options: Accepting): () => void {
    const key = `${end.site}${options.path}`;
    const served = { end, options, arriving: new Set<ChunkConnection>() };
    this.#served.set(key, served);
    return () => {
      if (this.#served.get(key) === served) this.#served.delete(key);
      for (const connection of served.arriving) connection.breakOff();
      served.arriving.clear();
    };
  }

  /** As src/collective/dial.ts: until it is there, or `signal` says stop. */
  #dial(end: End, options: DialOptions): Promise<ChunkLink> {
    const { scheduler } = this.#network;
    return new Promise((resolve, reject) => {
      let wait = FIRST_DELAY_MS;
      let over = false;
      let cancel: () => void = () => undefined;
      const stop = () => {
        over = true;
        cancel();
        reject(options.signal.reason as Error);
      };
      if (options.signal.aborted) return stop();
      options.signal.addEventListener('abort', stop, { once: true });
      const settle = (link: ChunkLink) => {
        over = true;
        cancel();
        options.signal.removeEventListener('abort', stop);
        resolve(link);
      };
      const attempt = () => {
        let answered = false;
        const fail = (code: string) => {
          if (answered || over) return;
          answered = true;
          cancel();
          options.onAttempt?.(
            new GradsocketError(code, EXIT.tryAgain, `${options.who} could not be reached: ${code}.`),
          );
          cancel = scheduler.after(end.process, wait, 'dial again', attempt);
          wait = Math.min(2 * wait, LONGEST_DELAY_MS);
        };
        cancel = scheduler.after(end.process, LIMITS.handshakeMs, 'handshake takes too long', () =>
          fail('UNREACHABLE'),
        );
        this.#call(end, options, fail, (open) => {
          if (answered || over) return false;
          answered = true;
          const link = open();
          settle(link);
          return true;
        });
      };
      attempt();
    });
  }

  #call(
    end: End,
    options: DialOptions,
    fail: (code: string) => void,
    opened: (open: () => ChunkLink) => boolean,
  ): void {
    const { scheduler } = this.#network;
    const site: Site = options.url.replace(/^ws:\/\//, '').replace(/:\d+$/, '');
    const [path, query] = options.path.split('?rank=');
    const rank = Number(query);
    const key = `${site}${path}`;
    const back = (label: string, action: () => void) => {
      // The answer is lost where the hole is; the dialler's own patience ends it.
      if (this.#network.passes(site, end.site)) scheduler.after(end.process, this.#network.delay(), label, action);
    };
    if (!this.#network.passes(end.site, site)) return;
    const onLinked = this.#onDialled(end);
    const served = this.#served.get(key);
    // Nobody is there: the machine says so.
    if (served === undefined || served.end.process.dead) return back('refused', () => fail('UNREACHABLE'));
    scheduler.after(
      served.end.process,
      this.#network.delay(),
      'call',
      () => {
        const now = this.#served.get(key);
        if (now === undefined) return back('no endpoint', () => fail('NO_ENDPOINT'));
        const { options: accepting } = now;
        if (accepting.key !== options.key || rank >= accepting.ranks || !accepting.admits(rank)) {
          return back('wrong key', () => fail('WRONG_TOKEN'));
        }
        const connection = new ChunkConnection(this.#network, end, now.end);
        const [ours, theirs] = connection.links;
        now.arriving.add(connection);
        theirs.onAttach = () => {
          if (!now.arriving.delete(connection)) return;
          if (!accepting.admits(rank)) return connection.breakOff();
          onLinked(now.end);
          accepting.onLink(rank, theirs);
          theirs.listen(accepting.sinkOf(rank));
        };
        back('opened', () => {
          const there = opened(() => {
            ours.listen(options.sink);
            ours.attach();
            return ours;
          });
          if (!there) connection.breakOff();
        });
      },
      options.path,
    );
  }
}
