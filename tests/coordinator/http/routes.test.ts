import { request, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RouteOptions, routes } from '../../../src/coordinator/http/routes.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

async function serve(options: Partial<RouteOptions> = {}) {
  const wrong: string[] = [];
  const server = createServer(
    routes({
      host: '0.0.0.0',
      token: 'the-token',
      viewToken: null,
      isTls: false,
      status: () => ({ state: 'opening' }),
      ready: () => true,
      metrics: async () => ({ type: 'text/plain', text: 'metric 1' }),
      onWrongToken: (remote) => wrong.push(remote),
      ...options,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  // Not fetch, which lets nobody choose the Host.
  const ask = (path: string, headers: Record<string, string> = {}, form?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request({ port, path, headers, method: form === undefined ? 'GET' : 'POST' }, (response) => {
        let body = '';
        response.on('data', (part: Buffer) => (body += part.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      sent.on('error', reject);
      sent.end(form);
    });
  return { ask, wrong, host: `localhost:${port}` };
}

describe('who may look at a run', () => {
  it('is asked by a form, which an old link with a token in it gets, too', async () => {
    const { ask } = await serve();
    for (const path of ['/', '/?token=the-token']) {
      const { status, body, headers } = await ask(path);
      expect([status, body.includes('<form method="post" action="login">')]).toEqual([401, true]);
      expect(headers['content-security-policy']).toContain("form-action 'self'");
    }
    expect((await ask('/api/run?token=the-token')).status).toBe(401);
  });

  it.each(['the-token', 'only-look'])(
    'types in %s once, and has a cookie from then on that is no token',
    async (token) => {
      const { ask, wrong } = await serve({ viewToken: 'only-look' });
      const { status, headers } = await ask('/login', {}, `token=${token}`);
      expect([status, headers['location']]).toEqual([303, './']);
      const [cookie] = headers['set-cookie'] as readonly string[];
      expect(cookie).toMatch(/^gradsocket-view=[0-9a-f]{64}; HttpOnly; SameSite=Strict$/);
      expect(cookie).not.toMatch(/the-token|only-look/);
      const shown = cookie!.split(';')[0]!;
      expect((await ask('/api/run', { Cookie: `other=1; ${shown}` })).status).toBe(200);
      expect((await ask('/', { Cookie: shown })).body).toContain('id="curve"');
      expect((await ask('/api/run', { Cookie: 'gradsocket-view=wrong' })).status).toBe(401);
      expect(wrong).toEqual([]);
    },
  );

  it('is told of a wrong token, and counted with the address', async () => {
    const { ask, wrong } = await serve();
    expect((await ask('/login', {}, 'token=guess')).body).toContain('This is not the token');
    expect((await ask('/login', {}, `token=${'x'.repeat(100_000)}`)).status).toBe(401);
    expect((await ask('/api/run', { Authorization: 'Bearer guess' })).status).toBe(401);
    expect(wrong).toHaveLength(3);
    expect(wrong[0]).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('has a cookie that only travels over TLS where there is TLS', async () => {
    const { ask } = await serve({ isTls: true });
    const { headers } = await ask('/login', {}, 'token=the-token');
    expect((headers['set-cookie'] as readonly string[])[0]).toMatch(/; Secure$/);
  });
});

describe('on a loopback address', () => {
  const local = { host: '127.0.0.1' };
  it.each(['127.0.0.1', 'localhost:1', '[::1]:7070'])('the job is open to who asks for %s', async (Host) => {
    const { ask } = await serve(local);
    expect((await ask('/api/run', { Host })).status).toBe(200);
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1'])(
    'not to a page whose name was made to mean this machine: %s',
    async (Host) => {
      for (const token of ['the-token', null]) {
        const { ask } = await serve({ ...local, token });
        expect((await ask('/api/run', { Host })).status).toBe(401);
        expect((await ask('/', { Host })).body).not.toContain('id="curve"');
      }
    },
  );

  it.each(['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP'])(
    'nor to those for whom a proxy asks (%s), whatever address it names',
    async (header) => {
      const { ask } = await serve(local);
      expect((await ask('/api/run', { [header]: '127.0.0.1' })).status).toBe(401);
      const shown = { [header]: '127.0.0.1', Authorization: 'Bearer the-token' };
      expect((await ask('/api/run', shown)).status).toBe(200);
    },
  );

  it('nor to anybody without it where there is a token to look with', async () => {
    const { ask } = await serve({ ...local, viewToken: 'only-look' });
    expect((await ask('/api/run')).status).toBe(401);
  });
});

describe('every answer', () => {
  it.each(['/', '/api/run', '/metrics', '/healthz', '/readyz', '/nothing'])(
    'at %s may not be framed or guessed at',
    async (path) => {
      const { ask } = await serve({ host: '127.0.0.1', token: null });
      const { headers } = await ask(path);
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/default-src 'none';.*frame-ancestors 'none'/) as unknown,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('is refused to pages of other origins, but for health and metrics', async () => {
    const { ask, host } = await serve({ host: '127.0.0.1', token: null });
    for (const Origin of ['http://evil.example', 'null']) {
      expect((await ask('/api/run', { Origin })).status).toBe(403);
      expect((await ask('/login', { Origin }, 'token=x')).status).toBe(403);
      expect((await ask('/healthz', { Origin })).status).toBe(200);
    }
    expect((await ask('/api/run', { Origin: `http://${host}` })).status).toBe(200);
    // By way of a proxy, which asks with another Host.
    const { ask: proxied } = await serve();
    const headers = { Origin: 'https://train.example', 'Sec-Fetch-Site': 'same-origin' };
    expect((await proxied('/login', headers, 'token=the-token')).status).toBe(303);
  });
});
