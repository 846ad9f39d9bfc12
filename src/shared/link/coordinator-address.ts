import { EXIT, GradsocketError } from '../errors.ts';

/** Where a coordinator listens unless it is told otherwise. */
const PORT = 7070;
const LINK_LOCAL = /^\[fe[89ab][\da-f]:/i;

/**
 * The address of a coordinator as people write it, as a whole one: `host` and `host:port` are ws://, without a port 7070 is meant, and
 * what a browser shows of its page (http://) leads there, too. `wss://host` and what has a path stay as they are: behind such a name
 * is a proxy, with the port of its scheme.
 *
 * @throws GradsocketError where no such address can be
 */
export function coordinatorUrl(text: string): string {
  const [, scheme = 'ws', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  const ours = { http: 'ws', https: 'wss' }[scheme.toLowerCase()] ?? scheme.toLowerCase();
  const slash = rest.indexOf('/');
  const [host, path] = slash === -1 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash).replace(/\/+$/, '')];
  const refuse = (why: string): never => {
    throw new GradsocketError('COORDINATOR_ADDRESS', EXIT.usage, `--coordinator ${text}: ${why}.`);
  };
  const isBareIpv6 = (host.match(/:/g) ?? []).length > 1 && !host.startsWith('[');
  const named = isBareIpv6 ? `[${host}]` : host;
  const hasPort = /:\d+$/.test(named.replace(/^\[[^\]]*\]/, ''));
  const url = `${ours}://${named}${hasPort || path !== '' || ours === 'wss' ? '' : `:${PORT}`}${path}`;
  const [, address = '', port = ''] = isBareIpv6 ? (/^(.+):(\d{4,5})$/.exec(host) ?? []) : [];
  // What ends in ::1234 has none: without that it would be no address.
  if (port !== '' && URL.canParse(`ws://[${address}]:${port}`)) {
    refuse(`did you mean [${address}]:${port}? An IPv6 address stands in brackets before its port, or alone`);
  }
  if (LINK_LOCAL.test(named)) {
    refuse(
      'an address that begins with fe80: says nothing of the network on which it is. Write another address of that machine, or its name',
    );
  }
  return URL.canParse(url)
    ? url
    : refuse('there is no such address: a port is at most 65535, a number of an IPv4 address at most 255');
}
