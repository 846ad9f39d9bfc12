import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import { printObject, printObjects } from '../../src/cli/manifest/print.ts';
import { extrasFor, type Folder, FOLDERS, objectsFor } from './committed.ts';
import { containersIn, isCustom, jobsIn } from './parts.ts';
import { objectionsTo } from './rules.ts';
import { hasTools, kustomize, MISSING, strictly } from './tools.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'gradsocket-deploy-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The Secret is made by whoever applies the manifests. */
const OUTSIDE = { secrets: ['gradsocket-token'] };

function read(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as KubernetesObject);
}

/** What belongs to a folder besides what the flags say; with what is applied by itself, or without. */
function besides(folder: Folder, all: boolean): readonly KubernetesObject[] {
  return extrasFor(folder).flatMap(({ objects, isPart }) => (all || isPart ? objects : []));
}

const sorted = (objects: readonly KubernetesObject[]): readonly KubernetesObject[] =>
  [...objects].sort((a, b) => `${a.kind}/${a.metadata?.name}`.localeCompare(`${b.kind}/${b.metadata?.name}`));

describe.each(FOLDERS)('deploy/$path', (folder) => {
  it('is sound by the schemas and by our own rules', () => {
    expect(objectionsTo([...objectsFor(folder), ...besides(folder, true)], OUTSIDE)).toEqual([]);
  });

  it('reads back from YAML as it was meant', () => {
    const objects = objectsFor(folder);
    expect(read(printObjects(objects))).toEqual(objects);
  });

  it('renders with kubectl kustomize to what gradsocket manifest prints', ({ skip }) => {
    if (!hasTools) skip(MISSING);
    const rendered = read(kustomize(`${DEPLOY}${folder.path}`));
    expect(sorted(rendered)).toEqual(sorted([...objectsFor(folder), ...besides(folder, false)]));
  });
});

describe.each(FOLDERS.filter(({ on }) => on !== 'overlays/cpu'))(
  'deploy/$path with deploy/components/monitoring',
  (folder) => {
    const watched = [...objectsFor({ flags: { ...folder.flags, monitoring: true } }), ...besides(folder, false)];

    it('is sound by the schemas and by our own rules', () => {
      expect(objectionsTo(watched, OUTSIDE)).toEqual([]);
    });

    it('renders with kubectl kustomize to what gradsocket manifest --monitoring prints', ({ skip }) => {
      if (!hasTools) skip(MISSING);
      const own = mkdtempSync(join(scratch, 'own-'));
      const of = (path: string): string => relative(own, `${DEPLOY}${path}`);
      const kustomization = { resources: [of(folder.path)], components: [of('components/monitoring')] };
      writeFileSync(join(own, 'kustomization.yaml'), stringify(kustomization));
      expect(sorted(read(kustomize(own)))).toEqual(sorted(watched));
    });
  },
);

it('a run over TLS is sound, and encrypts every way that gradients and samples go', () => {
  const objects = objectsFor({ flags: { 'tls-secret': 'gradsocket-tls', kind: 'jobset' } });
  expect(objectionsTo(objects, { secrets: ['gradsocket-token', 'gradsocket-tls'] })).toEqual([]);
  const words = containersIn(objects).map(({ container }) => container.args?.join(' '));
  expect(words[0]).toMatch(/--tls-cert=\S+\.crt --tls-key=\S+\.key$/);
  expect(words[1]).toMatch(/--coordinator=wss:.* --tls-cert=\S+\.crt --tls-key=\S+\.key --tls-ca=\S+\.crt$/);
});

it.for(['1.31', '1.37'])('all of it is sound strictly, for Kubernetes %s', (version, { skip }) => {
  if (!hasTools) skip(MISSING);
  const objects = FOLDERS.flatMap((folder) => {
    const all = [...objectsFor(folder), ...besides(folder, true)];
    return [...all.filter((object) => !isCustom(object)), ...(jobsIn(all) as readonly KubernetesObject[])];
  });
  const file = join(scratch, `${version}.yaml`);
  // Most folders have most objects in common.
  writeFileSync(file, [...new Set(objects.map(printObject))].join('---\n'));
  expect(strictly([file], version)).toBe('');
});
