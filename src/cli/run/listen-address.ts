import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { hostAndPort } from '../../shared/job/options.ts';

/** Of `host:port` as `flag` was given. @throws GradsocketError where there is no such port */
export function listenAddress(flag: string, text: string): { readonly host: string; readonly port: number } {
  const address = hostAndPort(text);
  if (address.port > 65_535) {
    throw new GradsocketError('LISTEN_PORT', EXIT.usage, `${flag} ${text}: a port is at most 65535.`);
  }
  return address;
}

/** Of a worker's `--listen host:port` or `host:first-last`. @throws GradsocketError where there are no such ports */
export function peerListen(text: string): { readonly host: string; readonly port: number; readonly lastPort?: number } {
  const range = /^(.*:\d+)-(\d+)$/.exec(text);
  if (range === null) return listenAddress('--listen', text);
  const { host, port } = listenAddress('--listen', range[1]!);
  const lastPort = Number(range[2]);
  if (port === 0 || lastPort < port || lastPort > 65_535) {
    throw new GradsocketError(
      'LISTEN_PORT',
      EXIT.usage,
      `--listen ${text}: the ports of a range rise, from at least 1 to at most 65535.`,
    );
  }
  return { host, port, lastPort };
}
