import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

type Interfaces = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[] | undefined>
>;

/** Networks within this machine, for its containers and virtual machines: others come by another address. */
const WITHIN = /^(docker|br-|veth|virbr|cni|flannel|cali|podman|lxc|lxd|vmnet|vboxnet)/;
/** Of one cable only, or of a machine that was given none. */
const LINK_LOCAL = /^(fe80:|169\.254\.)/i;

/**
 * Addresses that lead others to a listener, the likeliest first: its own, or, where it listens on all of this machine's, each of
 * them. At least one.
 */
export function reachableUrls(url: string, interfaces: Interfaces = networkInterfaces()): readonly string[] {
  const [, scheme, host, port] = /^(\w+):\/\/(.*):(\d+)$/.exec(url) ?? [];
  if (host !== '0.0.0.0' && host !== '[::]') return [url];
  const found = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ address, family, internal }) => {
        return !internal && !LINK_LOCAL.test(address) && (host === '[::]' || family === 'IPv4');
      })
      .map(({ address, family }) => ({
        text: family === 'IPv6' ? `[${address}]` : address,
        rank: (WITHIN.test(name) ? 2 : 0) + (family === 'IPv6' ? 1 : 0),
      })),
  );
  const hosts = found.toSorted((a, b) => a.rank - b.rank).map(({ text }) => text);
  // Without a network only this machine can come.
  const all = hosts.length > 0 ? hosts : [host === '[::]' ? '[::1]' : '127.0.0.1'];
  return [...new Set(all)].map((name) => `${scheme}://${name}:${port}`);
}
