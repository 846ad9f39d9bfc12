import { describe, expect, it } from 'vitest';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import { createChannelPair } from '../../shared/link/memory-channel.ts';
import { connectToCoordinator } from '../../../src/worker/transport/coordinator-link.ts';

const unreachable = () => new GradsocketError('UNREACHABLE', EXIT.tryAgain, 'Nothing listens there.');

/** Time that passes only in pauses. */
function attempts(outcomes: (attempt: number) => GradsocketError | null) {
  const lines: string[] = [];
  let time = 0;
  let made = 0;
  const connecting = connectToCoordinator({
    url: 'ws://coordinator:1',
    token: null,
    log: (line) => void lines.push(line),
    now: () => time,
    pause: async (ms) => void (time += ms),
    connect: async () => {
      const error = outcomes(made++);
      if (error !== null) throw error;
      return createChannelPair().worker;
    },
  });
  return { connecting, lines, made: () => made, time: () => time };
}

describe('connectToCoordinator', () => {
  it('waits for a coordinator that is started later, and says so once', async () => {
    const { connecting, lines, made } = attempts((attempt) => (attempt < 4 ? unreachable() : null));
    await connecting;
    expect(made()).toBe(5);
    expect(lines).toHaveLength(1);
  });

  it('gives up after half a minute', async () => {
    const { connecting, time } = attempts(unreachable);
    await expect(connecting).rejects.toMatchObject({ code: 'UNREACHABLE', exitCode: 75 });
    expect(time()).toBeGreaterThan(25_000);
    expect(time()).toBeLessThanOrEqual(30_000);
  });

  it('does not repeat what cannot mend itself', async () => {
    const { connecting, made } = attempts(() => new GradsocketError('WRONG_TOKEN', EXIT.configuration, 'Wrong token.'));
    await expect(connecting).rejects.toMatchObject({ code: 'WRONG_TOKEN' });
    expect(made()).toBe(1);
  });
});
