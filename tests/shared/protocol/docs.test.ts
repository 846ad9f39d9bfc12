import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REFUSALS } from '../../../src/shared/link/refusal.ts';
import { CLOSE_CODES } from '../../../src/shared/protocol/close-codes.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { PATHS, PROTOCOL_VERSION, SUBPROTOCOL } from '../../../src/shared/protocol/shared.ts';
import { toCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import { toWorker } from '../../../src/shared/protocol/to-worker.ts';

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

/** What stands between a heading and the next one of its level or above. */
function section(heading: string, within = page): string {
  const level = heading.split(' ')[0]!.length;
  const lines = within.split('\n');
  const start = lines.indexOf(heading);
  expect(start, `the heading ${heading}`).toBeGreaterThanOrEqual(0);
  const end = lines.findIndex((line, i) => i > start && /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n');
}

/** The cells of all table rows, without headings. Backquotes are taken off. */
function rows(text: string): string[][] {
  const table = text.split('\n').filter((line) => line.startsWith('|'));
  return table
    .filter((line, i) => !line.startsWith('|---') && !table[i + 1]?.startsWith('|---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

const pairs = (text: string, key = 0, value = 1) =>
  Object.fromEntries(rows(text).map((cells) => [cells[key], cells[value]]));

describe('docs/protocol.md', () => {
  it.each([
    ['## Messages from a worker', toCoordinator],
    ['## Messages to a worker', toWorker],
  ] as const)('lists under "%s" exactly the messages of the code, with their fields', (heading, union) => {
    const text = section(heading);
    const documented = [...text.matchAll(/^### `(.+)`$/gm)].map(([, type]) => type!);
    const fields = (type: string) => rows(section(`### \`${type}\``, text)).map(([field]) => field);
    const written = Object.fromEntries(documented.map((type) => [type, fields(type)]));
    const coded = union.options.map(({ shape: { type, ...others } }) => [type.value, Object.keys(others)] as const);
    expect(written).toEqual(Object.fromEntries(coded));
    expect(documented).toEqual(coded.map(([type]) => type));
  });

  it('lists exactly the limits of the code', () => {
    const coded = Object.entries(LIMITS).map(([name, value]) => [name, value.toLocaleString('en-US')]);
    expect(pairs(section('## Limits'))).toEqual(Object.fromEntries(coded));
  });

  it('lists exactly the close codes of the code', () => {
    const coded = Object.entries(CLOSE_CODES).map(([name, code]) => [name, String(code)]);
    expect(pairs(section('## Close codes'), 1, 0)).toEqual(Object.fromEntries(coded));
  });

  it('lists exactly the endpoints and refusals of the code', () => {
    const [endpoints, refusals] = section('## Endpoints').split('A refused handshake');
    expect(rows(endpoints!).map(([path]) => path)).toEqual(Object.values(PATHS));
    const coded = Object.entries(REFUSALS).map(([name, { status }]) => [name, String(status)]);
    expect(pairs(refusals!)).toEqual(Object.fromEntries(coded));
  });

  it('names the version that the code speaks', () => {
    expect(page).toContain(`Version ${PROTOCOL_VERSION}, WebSocket subprotocol \`${SUBPROTOCOL}\``);
  });
});
