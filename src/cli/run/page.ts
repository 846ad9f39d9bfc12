import { isLoopback } from '../../shared/link/credential.ts';
import { reachableUrls } from '../../shared/link/reachable.ts';

export interface PageOptions {
  /** Of the coordinator: `ws://host:port`. */
  readonly url: string;
  /** The host that it listens on. */
  readonly host: string;
  readonly hasToken: boolean;
  readonly hasViewToken: boolean;
}

/** Where the page of a run is, and what it asks for: as `Access` of the coordinator decides. */
export function pageText({ url, host, hasToken, hasViewToken }: PageOptions, reachable = reachableUrls): string {
  const [first = url] = reachable(url);
  const asks = hasViewToken
    ? ' (asks for the view token)'
    : hasToken && !isLoopback(host)
      ? ' (asks for the token)'
      : '';
  return `${first.replace(/^ws/, 'http')}/${asks}`;
}
