import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { LinkServer } from '../../shared/link/link-server.ts';
import { ANY_HOST } from './address.ts';

/** Where peers connect. */
export interface PeerListen {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** The first free one from `port` to here is taken, as a firewall lets through a few; left out: `port` alone. */
  readonly lastPort?: number;
}

type Tls = { readonly cert: string; readonly key: string } | undefined;

/** @throws GradsocketError where no port of the range is free */
export async function listenForPeers(listen: PeerListen, tls: Tls): Promise<LinkServer> {
  const { host, port: first, lastPort: last = first } = listen;
  for (let port = first; ; port++) {
    try {
      return await listenAt({ host, port }, tls);
    } catch (error) {
      const isTaken = error instanceof GradsocketError && error.code === 'PORT_TAKEN';
      if (!isTaken || last === first) throw error;
      if (port < last) continue;
      throw new GradsocketError(
        'PORTS_TAKEN',
        EXIT.configuration,
        `Cannot listen on ${host}:${first}-${last}: other programs have all of these ports. Give --listen more of them, one for each ` +
          'worker of this machine.',
        { cause: error },
      );
    }
  }
}

/** Where all addresses are meant, those of IPv6, too, unless this machine has none. */
async function listenAt(listen: { readonly host: string; readonly port: number }, tls: Tls): Promise<LinkServer> {
  try {
    return await LinkServer.listen({ listen, tls });
  } catch (error) {
    const isTaken = error instanceof GradsocketError && error.code === 'PORT_TAKEN';
    if (listen.host !== ANY_HOST || isTaken) throw error;
    return LinkServer.listen({ listen: { ...listen, host: '0.0.0.0' }, tls });
  }
}
