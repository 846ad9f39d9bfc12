import { X509Certificate } from 'node:crypto';

const DAY = 86_400_000;
/** So long before its end a certificate is mentioned at each start. */
const SOON_MS = 7 * DAY;

/** What somebody should know of the dates of the certificate that a coordinator was given; null: nothing. */
export function datesNotice(pem: string, now: number): string | null {
  const { validFrom, validTo } = new X509Certificate(pem);
  const [from, until] = [Date.parse(validFrom), Date.parse(validTo)];
  if (now >= from && until - now > SOON_MS) return null;
  const when =
    now < from
      ? `is not valid before ${day(from)}`
      : until < now
        ? `has expired on ${day(until)}`
        : `expires on ${day(until)}`;
  const then = now >= from && until >= now ? ' from then on' : '';
  return `The certificate in --tls-cert ${when}: workers that do not go by --tls-pin refuse it${then}. Renew it, or set the clock of this machine (${day(now)}).`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
