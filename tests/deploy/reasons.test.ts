import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { REASONS } from '../../src/cli/manifest/reasons.ts';
import { FOLDERS, objectsFor } from './committed.ts';
import { printObjects } from '../../src/cli/manifest/print.ts';

const PAGE = fileURLToPath(new URL('../../docs/kubernetes.md', import.meta.url));
const TABLE = /(<!-- reasons: .* -->\n)[^]*(<!-- end of reasons -->)/;

function table(): string {
  const rows = Object.entries(REASONS).flatMap(([kind, reasons]) =>
    Object.entries(reasons).map(([place, reason]) => `| ${kind} | \`${shortly(place)}\` | ${reason} |`),
  );
  return ['| object | setting | what it is for |', '|---|---|---|', ...rows, ''].join('\n');
}

/** `spec.template.spec.containers.args`: the container's `args`. */
function shortly(place: string): string {
  return place.replace(
    /^(spec\.template\.metadata\.(?:labels|annotations)|metadata\.labels|spec\.template\.spec\.containers|spec\.template\.spec|spec|data)\./,
    '',
  );
}

it('docs/kubernetes.md says of each setting what the manifests say of it (npm run docs writes it)', async () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toMatch(TABLE);
  await expect(page.replace(TABLE, (_, begin: string, end: string) => `${begin}${table()}${end}`)).toMatchFileSnapshot(
    PAGE,
  );
});

it('no reason is given for what is not there', () => {
  const text = [...FOLDERS, { flags: { monitoring: true } as const }]
    .map((folder) => printObjects(objectsFor(folder)))
    .join('');
  const flat = text.replaceAll(/\n *# /g, ' ');
  const unused = Object.entries(REASONS).flatMap(([kind, reasons]) =>
    Object.entries(reasons).filter(
      ([place, reason]) => !flat.includes(reason) && `${kind} ${place}` !== 'Job spec.suspend',
    ),
  );
  expect(unused).toEqual([]);
});
