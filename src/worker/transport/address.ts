import { networkInterfaces } from 'node:os';

const ANY = new Set(['0.0.0.0', '::', '']);

/**
 * `host:port` under which peers reach a listener: what the user advertises, else the host that is listened on. Where that
 * is all of them: this machine's first address that others can reach.
 */
export function advertisedAddress(
  listening: { readonly host: string; readonly port: number },
  advertise: string | null,
  interfaces = networkInterfaces(),
): string {
  if (advertise !== null) return hasPort(advertise) ? advertise : `${bracketed(advertise)}:${listening.port}`;
  if (!ANY.has(listening.host)) return `${bracketed(listening.host)}:${listening.port}`;
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  const external = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  return `${external?.address ?? '127.0.0.1'}:${listening.port}`;
}

function hasPort(address: string): boolean {
  return /^(\[[^\]]+\]|[^:]+):\d+$/.test(address);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
