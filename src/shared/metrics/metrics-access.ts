import type { IncomingHttpHeaders } from 'node:http';
import { asksForLoopback, bearerOf, isLoopback, sameSecret } from '../link/credential.ts';

export interface MetricsAccess {
  /** The address that is listened on. */
  readonly host: string;
  /** Null: none is wanted. */
  readonly token: string | null;
}

export interface Refused {
  readonly status: 401 | 403;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Why metrics are not shown to whoever asks; null: they are. Numbers and names of workers are for everybody who can connect, unless
 * there is a token; on a loopback address not for a web page whose name was made to mean it.
 */
export function metricsRefusal(headers: IncomingHttpHeaders, { host, token }: MetricsAccess): Refused | null {
  if (token !== null) {
    const bearer = bearerOf(headers.authorization);
    if (bearer !== null && sameSecret(bearer, token)) return null;
    const body = 'Show the token of --metrics-token: Authorization: Bearer TOKEN.\n';
    return { status: 401, body, headers: { 'WWW-Authenticate': 'Bearer' } };
  }
  // No browser leaves the name out.
  if (!isLoopback(host) || headers.host === undefined || asksForLoopback(headers)) return null;
  return { status: 403, body: 'Ask for 127.0.0.1 or localhost, or set --metrics-token.\n' };
}
