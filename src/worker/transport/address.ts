import { unmapped } from '../../shared/link/unmapped.ts';

/** All of this machine's addresses. */
export const ANY_HOST = '::';
const ANY = new Set(['0.0.0.0', ANY_HOST, '']);

/**
 * `host:port` under which peers reach a listener: what the user advertises, else the host that is listened on. Where that
 * is all of them, the address from which the coordinator was reached (`local`): of all that a machine has, as of bridges to
 * containers, it is the one that is known to lead where the others are.
 */
export function advertisedAddress(
  listening: { readonly host: string; readonly port: number },
  advertise: string | null,
  local: string | null,
): string {
  if (advertise !== null) return hasPort(advertise) ? advertise : `${bracketed(advertise)}:${listening.port}`;
  const host = ANY.has(listening.host) ? plain(local ?? '127.0.0.1') : listening.host;
  return `${bracketed(host)}:${listening.port}`;
}

/** Without a zone, which is another one at each machine. */
function plain(address: string): string {
  return unmapped(address).replace(/%.*$/, '');
}

function hasPort(address: string): boolean {
  return /^(\[[^\]]+\]|[^:]+):\d+$/.test(address);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
