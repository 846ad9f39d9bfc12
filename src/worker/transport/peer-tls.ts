import { isLoopback } from '../../shared/link/credential.ts';
import { type KeyAndCertificate, selfSigned } from '../../shared/link/self-signed.ts';

const DAY = 86_400_000;
/** Clocks differ, and no process lives as long. */
const [BEFORE, AFTER] = [DAY, 3650 * DAY];

export interface PeerTlsOptions {
  /** What the user gave; null: nothing. */
  readonly given: KeyAndCertificate | null;
  readonly coordinator: string;
  /** Where peers connect; null: nowhere. */
  readonly listen: { readonly host: string } | null;
}

/**
 * With what to serve peers; null: in the clear. In a run over TLS gradients are encrypted, too: peers hear over that by which
 * certificate to know this worker, so it makes one for itself, which no other process ever has. What stays on this machine is sent as
 * it is: whoever could read it there can read this process's memory.
 */
export async function peerTls({ given, coordinator, listen }: PeerTlsOptions): Promise<KeyAndCertificate | null> {
  if (given !== null) return given;
  if (listen === null || isLoopback(listen.host) || !coordinator.startsWith('wss:')) return null;
  return selfSigned({
    names: ['gradsocket'],
    from: new Date(Date.now() - BEFORE),
    until: new Date(Date.now() + AFTER),
  });
}
