import { pinText } from '../../shared/link/fingerprint.ts';
import { COMMAND } from '../command/self.ts';
import { shellWord } from '../../shared/shell-word.ts';

/**
 * The flags by which a worker believes the coordinator of a run; of one with a certificate that was given, by its file: the system's
 * authorities may know it, or not. `pin`: of what the coordinator shows; null: it has no TLS.
 */
export function trustIn({ tlsCert }: { readonly tlsCert: string | null }, pin: string | null): readonly string[] {
  if (tlsCert !== null) return ['--tls-ca', tlsCert];
  return pin === null ? [] : ['--tls-pin', pinText(pin)];
}

/** What a person types to have a worker take part. */
export function joinCommand(url: string, trust: readonly string[]): string {
  return [COMMAND, 'worker', '--coordinator', url, ...trust.map((word) => shellWord(word))].join(' ');
}
