import { EXIT, GradsocketError } from '../errors.ts';

/** Why a server cannot listen. */
export function listenFailure(
  listen: { readonly host: string; readonly port: number },
  cause: Error,
  flag: '--listen' | '--metrics-listen' = '--listen',
): GradsocketError {
  const at = `${listen.host}:${listen.port}`;
  const wrong = (code: string, message: string) => new GradsocketError(code, EXIT.configuration, message, { cause });
  switch ((cause as NodeJS.ErrnoException).code ?? '') {
    case 'EADDRINUSE':
      return wrong('PORT_TAKEN', `Cannot listen on ${at}: another program does. Choose another port with ${flag}.`);
    case 'EACCES':
      return wrong('PORT_FORBIDDEN', `Cannot listen on ${at}: not permitted. Choose a port above 1023 with ${flag}.`);
    case 'EADDRNOTAVAIL':
    // Of IPv6, where there is none.
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return wrong('BAD_LISTEN', `Cannot listen on ${at}: this machine has no such address. Correct ${flag}.`);
    default:
      return wrong('BAD_LISTEN', `Cannot listen on ${at}: ${cause.message}. Correct ${flag}.`);
  }
}

export function tlsFailure(cause: unknown): GradsocketError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GradsocketError(
    'BAD_CERTIFICATE',
    EXIT.configuration,
    `The TLS certificate and key cannot be used: ${why}. Check --tls-cert and --tls-key.`,
    { cause },
  );
}
