/** Where ranks and the star's hub run, and where they listen. */
export interface Place {
  readonly host: string;
  /** How Node is started there. */
  readonly start: { readonly execPath: string; readonly execArgv: readonly string[] };
}

/** The hub's, behind those of the ranks: bench/netns-allreduce.sh gives out the addresses. */
const HUB = 254;

/** The place of a rank. `namespaces`: their common name before the number; null: all run here. */
export function placeOfRank(rank: number, namespaces: string | null): Place {
  const node = process.execPath;
  return namespaces === null
    ? { host: '127.0.0.1', start: { execPath: node, execArgv: [] } }
    : {
        host: `10.87.0.${rank + 1}`,
        start: { execPath: 'ip', execArgv: ['netns', 'exec', `${namespaces}${rank}`, node] },
      };
}

/** This process is the hub, wherever it runs. */
export function hostOfHub(namespaces: string | null): string {
  return namespaces === null ? '127.0.0.1' : `10.87.0.${HUB}`;
}
