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
