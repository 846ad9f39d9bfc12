import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  endsTheJob,
  jobSettings,
  overlayFor,
  parts,
  podOf,
  probeOf,
  TLS_SECRET,
  tlsFlags,
} from '../../scripts/deploy-try/manifests.mjs';
import { tryOptions } from '../../scripts/deploy-try/options.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BASE = join(ROOT, 'deploy', 'base');
const { resources } = parse(readFileSync(join(BASE, 'kustomization.yaml'), 'utf8')) as {
  readonly resources: readonly string[];
};
const RENDERED = resources.map((file) => readFileSync(join(BASE, file), 'utf8')).join('---\n');

describe('the manifests as podman plays them', () => {
  const found = parts(RENDERED, 'a token');

  it('are those of deploy/, with the Secret that a person would make', () => {
    expect(found.shared.map(({ kind }) => kind as string).sort()).toEqual([
      'ConfigMap',
      'PersistentVolumeClaim',
      'PersistentVolumeClaim',
      'Secret',
    ]);
    expect(found.shared.find(({ kind }) => kind === 'Secret')).toMatchObject({
      metadata: { name: 'gradsocket-token' },
      stringData: { token: 'a token' },
    });
    expect(found.left).toEqual(['Namespace', 'NetworkPolicy', 'PodDisruptionBudget', 'Service']);
    expect(found.service).toBe('gradsocket-coordinator');
    expect(jobSettings(found)).toMatchObject({ data: 'digits' });
  });

  it('are one pod for each index, which knows its own address; all else stays as it is', () => {
    const pod = podOf(found.workers, 'gradsocket-workers-1', '10.0.0.9');
    const [before] = found.workers['spec'].template.spec.containers;
    const [after] = pod['spec'].template.spec.containers;
    expect(pod['metadata'].name).toBe('gradsocket-workers-1');
    expect(pod['spec'].completions).toBe(1);
    expect(after.env).toContainEqual({ name: 'POD_IP', value: '10.0.0.9' });
    const probes = { startupProbe: null, livenessProbe: null, readinessProbe: null };
    expect({ ...after, ...probes, env: null }).toEqual({ ...before, ...probes, env: null });
    expect(pod['spec'].template.spec.securityContext).toEqual(found.workers['spec'].template.spec.securityContext);
  });

  it('give the certificate to the user of the pod, as a kubelet does by its group', () => {
    const workers = structuredClone(found.workers);
    workers['spec'].template.spec.volumes.push({ name: 'tls', secret: { secretName: TLS_SECRET, defaultMode: 0o440 } });
    const pod = podOf(workers, 'gradsocket-workers-1', '10.0.0.9');
    const volumes = pod['spec'].template.spec.volumes as readonly object[];
    expect(volumes.at(-1)).toEqual({ name: 'tls', secret: { secretName: TLS_SECRET } });
  });

  it('are started again but after exit codes that would come again', () => {
    expect([0, 64, 69, 78].map((code) => endsTheJob(found.workers, code))).toEqual([false, true, true, true]);
    expect([75, 130, 137, 143].some((code) => endsTheJob(found.coordinator, code))).toBe(false);
  });

  it('have a Secret with a certificate where they are those of a run over TLS', () => {
    const { shared } = parts(RENDERED, 'a token', { key: 'a key', cert: 'a certificate' });
    expect(shared.filter(({ kind }) => kind === 'Secret')[1]).toMatchObject({
      metadata: { name: TLS_SECRET },
      stringData: { 'tls.crt': 'a certificate', 'tls.key': 'a key' },
    });
    expect(tlsFlags({ engine: 'wasm', image: 'x:1', epochs: 3 })).toContain(`--tls-secret=${TLS_SECRET}`);
  });

  it('are asked what a kubelet would ask', () => {
    const port = expect.any(Number) as number;
    expect(probeOf(found.coordinator, 'startup')).toEqual({ path: '/healthz', port });
    expect(probeOf(found.coordinator, 'readiness')).toEqual({ path: '/readyz', port });
  });
});

it('changes nothing of the overlay but the image and what is trained', () => {
  const files = overlayFor({ folder: '/tmp/x', root: '/a', engine: 'wasm', image: 'host:5000/g:1-slim', epochs: 3 });
  expect(parse(files['kustomization.yaml'])).toMatchObject({
    resources: ['../../a/deploy/overlays/cpu'],
    images: [{ name: 'gradsocket', newName: 'host:5000/g', newTag: '1-slim' }],
    patches: [{ path: 'job.yaml' }],
  });
});

describe('the command line of npm run deploy:try', () => {
  it('takes its own flags and those of npm run image', () => {
    expect(tryOptions(['--podman-root', '/r', '--base', 'mmdebstrap', '--keep', '--tls', '--image=x:1'])).toMatchObject(
      {
        kind: 'try',
        options: {
          podmanRoot: '/r',
          ready: 'x:1',
          keep: true,
          tls: true,
          image: { variant: 'slim', base: 'mmdebstrap' },
        },
      },
    );
    expect(tryOptions(['--variant', 'cpu'])).toMatchObject({ options: { image: { variant: 'cpu' } } });
  });

  it.each([
    [['--podman-root'], '--podman-root takes a value.'],
    [['--variant', 'cuda'], '--variant cuda needs a GPU: slim and cpu can be tried.'],
    [['--nonsense'], "Unknown option '--nonsense'."],
  ])('refuses %j in one sentence', (args, why) => {
    expect(tryOptions(args)).toEqual({ kind: 'wrong', why });
  });
});
