/** An address of IPv4 as it is written, also where a socket of both kinds of addresses says it as one of IPv6 (RFC 4291, 2.5.5.2). */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
