import { describe, expect, it } from 'vitest';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import type { Closed } from '../../../src/shared/link/channel.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import { ControlLink } from '../../../src/worker/transport/control-link.ts';
import type { Kept } from '../../../src/worker/transport/outbox.ts';
import { type ChannelPair, createChannelPair } from '../../shared/link/memory-channel.ts';

const unreachable = () => new GradsocketError('UNREACHABLE', EXIT.tryAgain, 'Nothing listens there.');
const lost = { type: 'peerLost', generation: 1, rank: 0, reason: 'x' } as const;
const evaluated = (step: number): Kept => ({ type: 'evaluated', generation: 1, step, chunks: [] });

/** A link whose time passes only in its own pauses, and whose attempts end as `outcome` says. */
function start(outcome: (attempt: number) => GradsocketError | null = () => null, random = () => 0.5) {
  const pauses: number[] = [];
  const lines: string[] = [];
  const heard: ToCoordinator[] = [];
  const pairs: ChannelPair[] = [];
  const told: string[] = [];
  let now = 0;
  let attempts = 0;
  let running = true;
  const link = new ControlLink(
    {
      connect: async () => {
        const error = outcome(attempts++);
        if (error !== null) throw error;
        const pair = createChannelPair();
        pairs.push(pair);
        pair.coordinator.start({ onMessage: (message) => void heard.push(message), onClose: () => undefined });
        return pair.worker;
      },
      firstWaitMs: 30_000,
      waitMs: 600_000,
      random,
      now: () => now,
      setTimer: (callback, ms) => {
        pauses.push(ms);
        let off = false;
        queueMicrotask(() => {
          now += ms / 1000;
          if (!off && running) callback();
        });
        return () => {
          off = true;
        };
      },
      log: (line) => void lines.push(line),
    },
    {
      onUp: () => void told.push('up'),
      onMessage: () => undefined,
      onDown: (closed: Closed) => void told.push(`down ${closed.by}`),
      onGivenUp: (error) => {
        running = false;
        told.push(`given up: ${(error as GradsocketError).code}`);
      },
      onClosed: () => void told.push('closed'),
    },
  );
  const settle = async () => {
    for (let turn = 0; turn < 5_000; turn++) await Promise.resolve();
  };
  return { link, pauses, lines, heard, pairs, told, settle, now: () => now, attempts: () => attempts };
}

describe('the control link', () => {
  it('waits for a coordinator that is started later, and says so once', async () => {
    const world = start((attempt) => (attempt < 4 ? unreachable() : null));
    world.link.dial();
    await world.settle();
    expect(world.told).toEqual(['up']);
    expect(world.attempts()).toBe(5);
    expect(world.lines).toHaveLength(1);
  });

  it('pauses twice as long each time up to two seconds, times a random number', async () => {
    const world = start((attempt) => (attempt < 7 ? unreachable() : null));
    world.link.dial();
    await world.settle();
    expect(world.pauses).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
    const none = start(
      (attempt) => (attempt < 3 ? unreachable() : null),
      () => 0,
    );
    none.link.dial();
    await none.settle();
    expect(none.pauses).toEqual([0, 0, 0]);
  });

  it('gives up in time, sooner in the beginning than after a loss', async () => {
    const world = start(unreachable, () => 0.999);
    world.link.dial();
    await world.settle();
    expect(world.told).toEqual(['given up: UNREACHABLE']);
    expect(world.now()).toBeGreaterThan(25);
    expect(world.now()).toBeLessThanOrEqual(30);
    const later = start(
      (attempt) => (attempt === 0 ? null : unreachable()),
      () => 0.999,
    );
    later.link.dial();
    await later.settle();
    later.link.settle(true);
    later.pairs[0]!.cut();
    await later.settle();
    later.link.dial();
    await later.settle();
    expect(later.told).toEqual(['up', 'down network', 'given up: UNREACHABLE']);
    expect(later.now()).toBeGreaterThan(590);
  });

  it('does not repeat what cannot mend itself', async () => {
    const world = start(() => new GradsocketError('WRONG_TOKEN', EXIT.configuration, 'Wrong token.'));
    world.link.dial();
    await world.settle();
    expect(world.told).toEqual(['given up: WRONG_TOKEN']);
    expect(world.attempts()).toBe(1);
  });

  it('looks for a coordinator that has let it in before, whatever answers meanwhile, and says each reason once', async () => {
    const answers = [
      unreachable(),
      unreachable(),
      new GradsocketError('WRONG_TOKEN', EXIT.configuration, 'Wrong token.'),
      new GradsocketError('WRONG_TOKEN', EXIT.configuration, 'Wrong token.'),
      new GradsocketError('TLS_UNTRUSTED', EXIT.configuration, 'Not trusted.'),
    ];
    const world = start((attempt) => answers[attempt - 1] ?? null);
    world.link.dial();
    await world.settle();
    world.link.settle(true);
    world.pairs[0]!.cut();
    await world.settle();
    world.link.dial();
    await world.settle();
    expect(world.told).toEqual(['up', 'down network', 'up']);
    expect(world.lines.map((line) => line.split('.')[0])).toEqual([
      'Nothing listens there',
      'Wrong token',
      'Not trusted',
    ]);
  });

  it('gives up in time with what answers in the end', async () => {
    const world = start((attempt) =>
      attempt === 0 ? null : new GradsocketError('WRONG_TOKEN', EXIT.configuration, 'x'),
    );
    world.link.dial();
    await world.settle();
    world.link.settle(true);
    world.pairs[0]!.cut();
    await world.settle();
    world.link.dial();
    await world.settle();
    expect(world.told.at(-1)).toBe('given up: WRONG_TOKEN');
    expect(world.now()).toBeGreaterThan(590);
  });

  it('goes on pausing longer where connections are closed before anybody is known', async () => {
    const world = start();
    world.link.dial();
    await world.settle();
    for (let round = 0; round < 4; round++) {
      world.pairs.at(-1).cut();
      await world.settle();
      world.link.dial();
      await world.settle();
    }
    expect(world.pauses).toEqual([50, 100, 200, 400]);
  });

  it('sends only the greeting until it is settled, and then what was kept', async () => {
    const world = start();
    const { link } = world;
    link.report(evaluated(1));
    link.dial();
    await world.settle();
    link.send(lost);
    link.report(evaluated(2));
    link.say({ type: 'healed', step: 0 });
    await world.settle();
    expect(world.heard.map(({ type }) => type)).toEqual(['healed']);
    link.settle(true);
    link.recorded({ steps: 0, evaluated: 1, saved: 0 });
    link.resend();
    link.send(lost);
    await world.settle();
    expect(world.heard.slice(1)).toEqual([evaluated(2), lost]);
  });

  it('sends the newest checkpoint again from its beginning on the next connection', async () => {
    const world = start();
    const { link } = world;
    link.dial();
    await world.settle();
    link.settle(true);
    link.upload({ step: 3, file: new Uint8Array(3) });
    await link.uploaded();
    await world.settle();
    world.pairs[0]!.cut();
    await world.settle();
    link.upload({ step: 4, file: new Uint8Array(4) });
    link.upload({ step: 5, file: new Uint8Array(5) });
    // It is not waited for: training goes on.
    await link.uploaded();
    link.dial();
    await world.settle();
    link.settle(true);
    link.resend();
    await world.settle();
    const parts = world.heard.flatMap((message) => (message.type === 'state' ? [[message.step, message.offset]] : []));
    expect(parts).toEqual([
      [3, 0],
      [5, 0],
    ]);
  });

  it('keeps nothing for a coordinator that never says what it has recorded', async () => {
    const { link, heard, settle } = start();
    link.dial();
    await settle();
    link.settle(false);
    link.report(evaluated(1));
    link.upload({ step: 1, file: new Uint8Array(1) });
    await settle();
    expect(heard).toHaveLength(2);
    link.resend();
    await settle();
    expect(heard).toHaveLength(2);
  });

  it('sends no more of a checkpoint that is forgotten', async () => {
    const { link, heard, settle } = start();
    link.dial();
    await settle();
    link.settle(true);
    link.upload({ step: 1, file: new Uint8Array(3 * LIMITS.statePartBytes) });
    link.forget();
    await settle();
    await link.uploaded();
    expect(heard).toEqual([]);
  });

  it('ends a stream with the connection that it began on, and when it is not wanted any more', async () => {
    const world = start();
    const { link } = world;
    link.dial();
    await world.settle();
    link.settle(true);
    let wanted = true;
    function* three() {
      yield evaluated(1);
      yield evaluated(2);
      wanted = false;
      yield evaluated(3);
    }
    expect(await link.stream(three(), () => wanted)).toBe(false);
    await world.settle();
    expect(world.heard).toEqual([evaluated(1), evaluated(2)]);
    function* cut() {
      yield evaluated(1);
      world.pairs[0]!.cut();
      yield evaluated(2);
    }
    expect(await link.stream(cut())).toBe(false);
  });

  it('says that it is closed once all is sent, also while it is down', async () => {
    const world = start();
    world.link.dial();
    await world.settle();
    world.link.close('goingAway');
    await world.settle();
    expect(world.told).toEqual(['up', 'closed']);
    const down = start(unreachable);
    down.link.dial();
    await Promise.resolve();
    down.link.close('goingAway');
    await down.settle();
    expect(down.told).toEqual(['closed']);
  });
});
