import { certificateExpiry } from '../../shared/link/certificate-expiry.ts';
import type { Counter, Gauge } from 'prom-client';
import type { MetricSet } from '../../shared/metrics/metric-set.ts';

/** What goes over the coordinator's own connections, by what they are for. */
export interface LinksSeen {
  /** Open ones. */
  readonly open: Readonly<Record<string, number>>;
  /** Bytes since the beginning. */
  readonly sent: Readonly<Record<string, number>>;
  readonly received: Readonly<Record<string, number>>;
  /** Bytes that wait to be sent, by kind. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Requests for samples that are not answered yet. */
  readonly fetches: number;
}

/** Who is connected, who was turned away, and how much is on its way. */
export class LinkMetrics {
  readonly #errors: Counter<'reason'>;
  readonly #dataBytes: Counter<never>;
  readonly #connections: Gauge<'kind'>;
  readonly #bytes: Counter<'kind' | 'direction'>;
  readonly #waiting: Gauge<'kind'>;
  readonly #fetches: Gauge<never>;

  constructor(set: MetricSet, certificate: string | null) {
    this.#errors = set.counter('protocol_errors_total', 'Connections refused or ended for what the peer did.', [
      'reason',
    ]);
    this.#dataBytes = set.counter('data_bytes_sent_total', 'Bytes of encoded samples sent to workers.');
    this.#connections = set.gauge('connections', 'Open connections of workers.', ['kind']);
    this.#bytes = set.counter('link_bytes_total', "Bytes over the coordinator's connections to workers.", [
      'kind',
      'direction',
    ]);
    this.#waiting = set.gauge('send_queue_bytes', 'Bytes that wait to be sent to workers.', ['kind']);
    this.#fetches = set.gauge('fetches_waiting', 'Requests for samples that are not answered yet.');
    const expires = set.gauge(
      'certificate_expiry_timestamp_seconds',
      'When the certificate of this coordinator expires; absent without TLS.',
    );
    if (certificate !== null) expires.set(certificateExpiry(certificate));
  }

  /** `reason`: one of a small fixed set. */
  turnedAway(reason: string): void {
    this.#errors.inc({ reason });
  }

  samplesSent(bytes: number): void {
    this.#dataBytes.inc(bytes);
  }

  look({ open, sent, received, waiting, fetches }: LinksSeen): void {
    this.#bytes.reset();
    for (const [kind, count] of Object.entries(open)) this.#connections.set({ kind }, count);
    for (const [kind, bytes] of Object.entries(sent)) this.#bytes.inc({ kind, direction: 'sent' }, bytes);
    for (const [kind, bytes] of Object.entries(received)) this.#bytes.inc({ kind, direction: 'received' }, bytes);
    for (const [kind, bytes] of Object.entries(waiting)) this.#waiting.set({ kind }, bytes);
    this.#fetches.set(fetches);
  }
}
