import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { coordinatorTls } from '../../../src/cli/run/pem.ts';
import { joinCommand, trustIn } from '../../../src/cli/run/joining.ts';

it.each([
  [null, null, ''],
  [null, 'ab', ' --tls-pin sha256:ab'],
  ["it's mine.pem", 'ab', " --tls-ca 'it'\\''s mine.pem'"],
])('with the certificate %j and the pin %j, workers join with%s', (tlsCert, pin, flags) => {
  expect(joinCommand('wss://h:1', trustIn({ tlsCert }, pin))).toBe(
    `npx gradsocket worker --coordinator wss://h:1${flags}`,
  );
});

it('a certificate is made or given, not both', async () => {
  expect(await coordinatorTls({ tls: 'auto', tlsCert: null, tlsKey: null })).toBe('auto');
  const file = fileURLToPath(new URL('../../shared/link/tls/cert.pem', import.meta.url));
  await expect(coordinatorTls({ tls: 'auto', tlsCert: file, tlsKey: file })).rejects.toMatchObject({
    code: 'TLS_TWICE',
    exitCode: 64,
  });
  await expect(coordinatorTls({ tls: null, tlsCert: file, tlsKey: null })).rejects.toMatchObject({
    code: 'TLS_HALF',
  });
});
