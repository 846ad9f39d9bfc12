import { describe, expect, it } from 'vitest';
import { StarHub } from '../../src/collective/star-hub.ts';
import { bucketsOnWire, type WireType } from '../../src/collective/wire.ts';
import { createEngine } from '../../src/engine/create.ts';
import { Kernels } from '../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../src/collective/kernels/shared-arena.ts';
import { LinkServer } from '../../src/shared/link/link-server.ts';
import { dealMicrobatches } from '../../src/shared/plan/microbatches.ts';
import { NO_TRACE } from '../../src/worker/trace/trace.ts';
import { type Assignment, drawBlueprint } from '../../src/worker/assignment/blueprint.ts';
import { EngineHost } from '../../src/worker/training/engine-host.ts';
import { TransportHost } from '../../src/worker/transport/transport-host.ts';
import { smallAssignment } from './support/assignment.ts';
import { FakeSamples } from './support/fake-samples.ts';
import { ScriptedCoordinator } from './support/scripted-coordinator.ts';

const listen = { host: '127.0.0.1', port: 0 };

/** Real sockets, a real engine; both threads of each worker in this one. Returns the digest that all agree on. */
async function trainOverSockets(workers: number, topology: 'mesh' | 'star', wire: WireType): Promise<string> {
  const assignment = smallAssignment({ microbatches: 3, optimizer: 'adam', wire });
  const server = await LinkServer.listen({ listen });
  const hub = topology === 'star' ? await hubFor(assignment, workers) : null;
  hub?.serve(server, 'key-of-1');
  let sent = 0;
  const coordinator = new ScriptedCoordinator({
    assignment,
    workers,
    topology,
    intercept: (_, message) => {
      if (message.type === 'step') sent += message.bytesSent;
      return false;
    },
  });
  server.acceptChannels('control', 'a-token', (channel) => coordinator.accept(channel));
  const verdicts = await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const log = () => undefined;
      const transport = new TransportHost(
        {
          name: `worker-${index}`,
          coordinator: server.url,
          token: 'a-token',
          threads: 1,
          listen: topology === 'mesh' ? listen : null,
          advertise: null,
          trust: {},
          tls: null,
          waitSeconds: 30,
          trace: null,
          metricsListen: null,
          metricsToken: null,
          log: 'none',
        },
        (message) => queueMicrotask(() => host.receive(message)),
        log,
      );
      const host: EngineHost = new EngineHost({
        engine: 'cpu',
        threads: 1,
        checkEngine: () => Promise.resolve(),
        createEngine: (name) => createEngine(name, { threads: 1, onBroken: () => undefined }),
        openSamples: (blueprint) => Promise.resolve(new FakeSamples(blueprint)),
        loop: { now: () => performance.now() / 1000, fault: () => undefined, trace: NO_TRACE },
        post: (message) => queueMicrotask(() => transport.receive(message)),
        log,
      });
      await host.join();
      return host.left;
    }),
  );
  hub?.close();
  await server.close();
  expect(verdicts.map(({ exitCode }) => exitCode)).toEqual(verdicts.map(() => 0));
  expect(sent > 0).toBe(workers > 1);
  const digests = new Set(
    coordinator
      .all('weights')
      .filter(({ step }) => step === 6)
      .map((held) => held.weightsDigest),
  );
  expect(digests.size).toBe(1);
  return [...digests][0]!;
}

async function hubFor(assignment: Assignment, ranks: number): Promise<StarHub> {
  const { buckets, job } = drawBlueprint(assignment);
  const arena = new SharedArena({ maximumBytes: 2 ** 26 });
  const leaves = assignment.microbatches;
  return new StarHub({
    group: {
      generation: 1,
      firstStep: 0,
      ranks,
      leaves,
      held: dealMicrobatches(leaves, ranks),
      buckets: bucketsOnWire(buckets.ranges, job.wire),
    },
    kernels: await Kernels.load(arena),
    onLost: () => undefined,
  });
}

describe('workers over sockets', () => {
  it.each(['f32', 'bf16'] as const)('train the same weights alone, in a mesh and in a star, over %s', async (wire) => {
    const alone = await trainOverSockets(1, 'mesh', wire);
    expect(await trainOverSockets(2, 'mesh', wire)).toBe(alone);
    expect(await trainOverSockets(3, 'mesh', wire)).toBe(alone);
    expect(await trainOverSockets(2, 'star', wire)).toBe(alone);
  });
});
