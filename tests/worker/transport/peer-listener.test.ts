import { expect, it } from 'vitest';
import { LinkServer } from '../../../src/shared/link/link-server.ts';
import { listenForPeers } from '../../../src/worker/transport/peer-listener.ts';

const host = '127.0.0.1';

it('the first port of a range that is free is taken; where none is, that is said', async () => {
  const taken = await LinkServer.listen({ listen: { host, port: 0 } });
  const { port } = taken;
  try {
    await expect(listenForPeers({ host, port, lastPort: port }, undefined)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
    const last = Math.min(port + 20, 65_535);
    const found = await listenForPeers({ host, port, lastPort: last }, undefined);
    expect(found.port).toBeGreaterThan(port);
    expect(found.port).toBeLessThanOrEqual(last);
    // What came first has all up to there.
    await expect(listenForPeers({ host, port, lastPort: found.port }, undefined)).rejects.toMatchObject({
      code: 'PORTS_TAKEN',
    });
    await found.close();
  } finally {
    await taken.close();
  }
});
