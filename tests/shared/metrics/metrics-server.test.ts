import { get } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { MetricSet, show } from '../../../src/shared/metrics/metric-set.ts';
import { MetricsServer } from '../../../src/shared/metrics/metrics-server.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const open: MetricsServer[] = [];

async function serve(options: Partial<Parameters<typeof MetricsServer.listen>[0]> = {}): Promise<string> {
  const expose = () => Promise.resolve({ type: 'text/plain', text: 'up 1\n' });
  const server = await MetricsServer.listen({ listen: LOOPBACK, expose, ready: () => true, ...options });
  open.push(server);
  return server.url;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

it('answers Prometheus and probes, and nobody else', async () => {
  let ready = false;
  const url = await serve({ ready: () => ready });
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, init);
    return [response.status, await response.text()] as const;
  };
  expect(await ask('/metrics')).toEqual([200, 'up 1\n']);
  expect(await ask('/metrics?format=x')).toEqual([200, 'up 1\n']);
  expect(await ask('/metrics', { method: 'HEAD' })).toEqual([200, '']);
  expect(await ask('/healthz')).toEqual([200, 'ok\n']);
  expect(await ask('/readyz')).toEqual([503, 'not ready\n']);
  ready = true;
  expect(await ask('/readyz')).toEqual([200, 'ready\n']);
  expect(await ask('/')).toEqual([404, 'Not found\n']);
  expect(await ask('/metrics', { method: 'POST' })).toEqual([405, 'Only GET and HEAD\n']);
});

it('shows them to no page whose name was made to mean this machine, and with a token to nobody without it', async () => {
  // Not fetch, which lets nobody choose the Host.
  const ask = (url: string, headers: Readonly<Record<string, string>>, path = '/metrics') =>
    new Promise<number | undefined>((resolve, reject) => {
      get(`${url}${path}`, { headers }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
  const free = await serve();
  expect(await ask(free, { Host: 'evil.example:9464' })).toBe(403);
  expect(await ask(free, { Host: 'evil.example:9464' }, '/healthz')).toBe(200);
  for (const Host of ['localhost:9464', '127.0.0.1', '[::1]:9464']) expect(await ask(free, { Host })).toBe(200);
  const closed = await serve({ token: 'only-numbers' });
  expect(await ask(closed, {})).toBe(401);
  expect(await ask(closed, { Authorization: 'Bearer only-number' })).toBe(401);
  expect(await ask(closed, { Authorization: 'Bearer only-numbers', Host: 'node-7:9464' })).toBe(200);
  expect(await ask(closed, {}, '/readyz')).toBe(200);
});

it('says which flag named an address that cannot be had', async () => {
  const url = new URL(await serve());
  const taken = { host: '127.0.0.1', port: Number(url.port) };
  await expect(serve({ listen: taken })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    exitCode: 78,
    message: `Cannot listen on 127.0.0.1:${url.port}: another program does. Choose another port with --metrics-listen.`,
  });
});

it('answers 500 without a stack where the metrics cannot be read', async () => {
  const url = await serve({ expose: () => Promise.reject(new Error('secret')) });
  const response = await fetch(`${url}/metrics`);
  expect([response.status, await response.text()]).toEqual([500, 'The metrics cannot be read\n']);
});

it('a gauge that nobody has set is absent, and so is one that is not known any more', async () => {
  const set = new MetricSet('1.2.3');
  const loss = set.gauge('loss', 'Loss.');
  const seen = async () => (await set.expose()).text.match(/^gradsocket_loss .*$/m)?.[0];
  expect(await seen()).toBeUndefined();
  show(loss, 0);
  expect(await seen()).toBe('gradsocket_loss 0');
  show(loss, Number.NaN);
  expect(await seen()).toBe('gradsocket_loss Nan');
  show(loss, null);
  expect(await seen()).toBeUndefined();
});
