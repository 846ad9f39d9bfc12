import type { IVolume, IVolumeMount } from 'kubernetes-models/v1';
import { MOUNTS, type Plan } from './plan.ts';

/**
 * One certificate for all of a run: coordinator and workers serve it, and trust it and no other, whatever name it was issued for. Pods
 * are reached by addresses that nobody knows beforehand.
 */
const [CERTIFICATE, KEY] = [`${MOUNTS.tls}/tls.crt`, `${MOUNTS.tls}/tls.key`];

export interface Tls {
  readonly scheme: 'ws' | 'wss';
  /** To serve with, for coordinator and workers. */
  readonly serve: readonly string[];
  /** To know others by, for workers. */
  readonly trust: readonly string[];
  readonly volumes: readonly IVolume[];
  readonly mounts: readonly IVolumeMount[];
}

export function tlsOf({ tlsSecret }: Plan): Tls {
  if (tlsSecret === null) return { scheme: 'ws', serve: [], trust: [], volumes: [], mounts: [] };
  return {
    scheme: 'wss',
    serve: [`--tls-cert=${CERTIFICATE}`, `--tls-key=${KEY}`],
    trust: [`--tls-ca=${CERTIFICATE}`],
    // The group is that of the pod's volumes: nobody else in it reads the key.
    volumes: [{ name: 'tls', secret: { secretName: tlsSecret, defaultMode: 0o440 } }],
    mounts: [{ name: 'tls', mountPath: MOUNTS.tls, readOnly: true }],
  };
}
