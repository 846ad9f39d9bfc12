import { expect, it } from 'vitest';
import { installFailure, isUnreached } from '../../scripts/install-failure.mjs';

const said = (code: string, summary: string): string => installFailure(JSON.stringify({ error: { code, summary } }));

it.each([
  [
    'ECONNREFUSED',
    'FetchError: request to http://127.0.0.1:9/zod failed, reason: connect ECONNREFUSED 127.0.0.1:9\n  at x',
  ],
  ['ENOTFOUND', 'request to http://nowhere.invalid/zod failed, reason: getaddrinfo ENOTFOUND nowhere.invalid'],
  ['ERR_INVALID_URL', 'Invalid URL'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
  ['E407', '407 Proxy Authentication Required'],
])('a registry that is not reached (%s) is said with why, in one line', (code, summary) => {
  const sentence = said(code, summary);
  expect(sentence).toContain('could not be fetched: ');
  expect(sentence).toContain(summary.split('\n')[0]!.replace('FetchError: ', ''));
  expect(sentence).not.toContain('\n');
  expect(isUnreached(JSON.stringify({ error: { code, summary } }))).toBe(true);
  expect(sentence).toContain('npm config list');
});

it('no room, and folders of somebody else, are told apart', () => {
  expect(said('ENOSPC', 'ENOSPC: no space left on device, write')).toContain('no room');
  expect(said('EACCES', "EACCES: permission denied, mkdir '/x/node_modules'")).toContain(
    "mkdir '/x/node_modules'. This folder",
  );
});

it('what else fails is said as npm does, also where npm says nothing', () => {
  expect(said('ETARGET', 'No matching version found for zod@^9.')).toContain('No matching version');
  expect(installFailure('')).toContain('npm does not say why');
  // Many a mirror has packages alone.
  expect([isUnreached(JSON.stringify({ error: { code: 'E403', summary: '403 Forbidden' } }))]).toEqual([false]);
  expect(said('E403', '403 Forbidden - GET x')).toContain('could not be fetched');
  expect([isUnreached(''), isUnreached('"1.1.1"'), isUnreached('{"error":{"code":"ETARGET"}}')]).toEqual([
    false,
    false,
    false,
  ]);
});
