import { request, createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ORDERS, type Order, type RouteOptions, routes } from '../../../src/coordinator/http/routes.ts';
import { GradsocketError } from '../../../src/shared/errors.ts';
import { inspection } from '../../cli/sweep/results/inspections.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** As they came. */
  readonly bytes: number;
}

async function serve(options: Partial<RouteOptions> = {}) {
  const wrong: string[] = [];
  const server = createServer(
    routes({
      host: '0.0.0.0',
      token: 'the-token',
      viewToken: null,
      isTls: false,
      inspections: () => [],
      status: () => ({ state: 'opening' }),
      view: async (maySteer) => ({ maySteer }),
      checkpoint: async () => null,
      order: null,
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
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const body = Buffer.concat(parts);
          const text = response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text.toString(),
            bytes: body.length,
          });
        });
      });
      sent.on('error', reject);
      sent.end(form);
    });
  /** A cookie that was given for a token. */
  const cookieFor = async (token: string): Promise<string> => {
    const { headers } = await ask('/login', {}, `token=${token}`);
    return (headers['set-cookie'] as readonly string[])[0]!.split(';')[0]!;
  };
  return { ask, wrong, cookieFor, host: `localhost:${port}` };
}

it('looks inside the network are told from a step on, no more of them than a page draws; without one all of them', async () => {
  const all = Array.from({ length: 200 }, (_, n) => inspection({ step: n + 1 }));
  const { ask } = await serve({ inspections: () => all, token: null, host: '127.0.0.1' });
  const steps = async (query: string): Promise<readonly number[]> => {
    const { body } = await ask(`/api/inspect${query}`, { Host: 'localhost' });
    return (JSON.parse(body) as { inspections: { step: number }[] }).inspections.map(({ step }) => step);
  };
  expect(await steps('')).toHaveLength(200);
  expect(await steps('?after=198')).toEqual([199, 200]);
  expect(await steps('?after=200')).toEqual([]);
  const first = await steps('?after=0');
  expect([first.length, first.at(-1)]).toEqual([50, 200]);
});

it('what a person can mend of a failure is told, and of a bug no more than that there is one', async () => {
  const failing = async (error: Error): Promise<string> => {
    const view = async (): Promise<object> => {
      throw error;
    };
    const { ask } = await serve({ view, token: null, host: '127.0.0.1' });
    const { status, body } = await ask('/api/view', { Host: 'localhost' });
    return `${status} ${body.trim()}`;
  };
  expect(await failing(new GradsocketError('NO_RUN', 64, 'runs/a is no folder of a run.'))).toBe(
    '500 runs/a is no folder of a run.',
  );
  expect(await failing(new TypeError('x is not a function'))).toBe('500 Something broke here.');
});

describe('metrics', () => {
  it('are open to all who can connect, but on loopback to no page whose name was made to mean it', async () => {
    for (const [host, foreign] of [
      ['127.0.0.1', 403],
      ['0.0.0.0', 200],
    ] as const) {
      const { ask } = await serve({ host });
      expect((await ask('/metrics', { Host: 'localhost:7070' })).status).toBe(200);
      expect((await ask('/metrics', { Host: 'evil.example' })).status).toBe(foreign);
      expect((await ask('/healthz', { Host: 'evil.example' })).status).toBe(200);
    }
  });

  it('want a token of their own where one was set, and tell of a wrong one', async () => {
    const { ask, wrong } = await serve({ host: '0.0.0.0', metricsToken: 'only-numbers' });
    expect((await ask('/metrics')).status).toBe(401);
    expect(wrong).toEqual([]);
    expect((await ask('/metrics', { Authorization: 'Bearer the-token' })).status).toBe(401);
    expect(wrong).toHaveLength(1);
    expect((await ask('/metrics', { Authorization: 'Bearer only-numbers', Host: 'train.example' })).status).toBe(200);
    expect((await ask('/api/run', { Authorization: 'Bearer only-numbers' })).status).toBe(401);
    expect((await ask('/readyz')).status).toBe(200);
  });
});

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
      expect(cookie).toMatch(/^gradsocket-view-([0-9a-f]{8})=\1[0-9a-f]{56}; HttpOnly; SameSite=Strict$/);
      expect(cookie).not.toMatch(/the-token|only-look/);
      const shown = cookie!.split(';')[0]!;
      expect((await ask('/api/run', { Cookie: `other=1; ${shown}` })).status).toBe(200);
      // Another run on this host, at another port, has set its own.
      const others = 'gradsocket-view-01234567=wrong';
      expect((await ask('/api/run', { Cookie: `${others}; ${shown}` })).status).toBe(200);
      expect((await ask('/', { Cookie: shown })).body).toContain('<div id="page">');
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
        expect((await ask('/', { Host })).body).not.toContain('<div id="page">');
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

describe('the page', () => {
  it('is one file that runs its own script and style, and asks nobody else; zipped it is small', async () => {
    const { ask } = await serve({ host: '127.0.0.1' });
    const { body, headers } = await ask('/');
    expect(body).toContain('<div id="page">');
    expect(body).not.toMatch(/(src|href)="(?!data:)|@import|url\((?!data:)/);
    expect(headers['content-security-policy']).toMatch(/script-src 'sha256-[^']+'; connect-src 'self'/);
    const zipped = await ask('/', { 'Accept-Encoding': 'br, gzip' });
    expect([zipped.body === body, zipped.headers['content-encoding']]).toEqual([true, 'gzip']);
    expect(zipped.bytes).toBeLessThan(45_000);
  });
});

describe('what a run is asked to do', () => {
  const asked = (token: string | null = 'the-token', viewToken: string | null = 'only-look') => {
    const orders: Order[] = [];
    return {
      orders,
      options: {
        token,
        viewToken,
        order: (order: Order) => (orders.push(order), order === 'resume' ? 'It is not paused.' : null),
      },
    };
  };

  it('is done for whoever shows the token of the run, and refused where it makes no sense', async () => {
    const { orders, options } = asked();
    const { ask } = await serve(options);
    const answers = [];
    for (const order of ORDERS) answers.push(await ask(`/api/${order}`, { Authorization: 'Bearer the-token' }, ''));
    expect(orders).toEqual(ORDERS);
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [202, 'It will.\n'],
      [202, 'It will.\n'],
      [409, 'It is not paused.\n'],
      [202, 'It will.\n'],
    ]);
  });

  it('is not for who only looks, nor for who shows nothing, and never by a link', async () => {
    const { orders, options } = asked();
    const { ask, cookieFor, host } = await serve(options);
    const Origin = `http://${host}`;
    const looks = await cookieFor('only-look');
    expect((await ask('/api/view', { Cookie: looks })).body).toBe('{"maySteer":false}\n');
    expect((await ask('/api/stop', { Cookie: looks, Origin }, '')).status).toBe(403);
    expect((await ask('/api/stop', { Authorization: 'Bearer only-look' }, '')).status).toBe(403);
    expect((await ask('/api/stop', { Origin }, '')).status).toBe(401);
    expect((await ask('/api/stop', { Authorization: 'Bearer the-token' })).status).toBe(405);
    expect(orders).toEqual([]);
  });

  it('is done with the cookie of the token where our own page asks, and not where another does, or nobody says who', async () => {
    const { orders, options } = asked();
    const { ask, cookieFor, host } = await serve(options);
    const Cookie = await cookieFor('the-token');
    expect((await ask('/api/view', { Cookie })).body).toBe('{"maySteer":true}\n');
    for (const Origin of ['http://evil.example', 'null']) {
      expect((await ask('/api/stop', { Cookie, Origin }, '')).status).toBe(403);
    }
    expect((await ask('/api/stop', { Cookie }, '')).status).toBe(403);
    expect(orders).toEqual([]);
    expect((await ask('/api/stop', { Cookie, Origin: `http://${host}` }, '')).status).toBe(202);
    expect((await ask('/api/pause', { Cookie, 'Sec-Fetch-Site': 'same-origin' }, '')).status).toBe(202);
    expect(orders).toEqual(['stop', 'pause']);
  });

  it('on this machine needs the token where there is one, though anybody here may look', async () => {
    const { orders, options } = asked('the-token', null);
    const { ask, host } = await serve({ ...options, host: '127.0.0.1' });
    const Origin = `http://${host}`;
    expect((await ask('/api/view', { Origin })).body).toBe('{"maySteer":false}\n');
    expect((await ask('/api/stop', { Origin }, '')).status).toBe(403);
    // Without a token whoever is here can join the run, and so change it.
    const open = await serve({ ...asked(null, null).options, host: '127.0.0.1' });
    expect((await open.ask('/api/stop', { Origin: `http://${open.host}` }, '')).status).toBe(202);
    expect((await open.ask('/api/stop', { Origin: `http://evil.example`, Host: 'evil.example' }, '')).status).toBe(401);
    expect(orders).toEqual([]);
  });

  it('of a run that is over is nothing', async () => {
    const { ask } = await serve({ order: null });
    expect((await ask('/api/stop', { Authorization: 'Bearer the-token' }, '')).status).toBe(409);
  });
});

it('the picture of a sample is for everybody who may look, and there are none but those that are shown', async () => {
  const picture = async (sample: number) => (sample === 7 ? Buffer.from('png') : null);
  const { ask, cookieFor } = await serve({ viewToken: 'only-look', picture });
  const Cookie = await cookieFor('only-look');
  const found = await ask('/api/samples/7?d1g3st', { Cookie });
  expect([found.status, found.headers['content-type'], found.body]).toEqual([200, 'image/png', 'png']);
  for (const name of ['8', '-7', '7.0', '../../job.yaml', '', '99999999999999999999']) {
    expect((await ask(`/api/samples/${name}`, { Cookie })).status, name).toBe(404);
  }
  expect((await ask('/api/samples/7')).status).toBe(401);
});

describe('a checkpoint', () => {
  it('is for whoever has the token of the run, whole, and nothing else is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gradsocket-routes-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'x');
    writeFileSync(path, 'weights and more');
    const name = 'step-00000003.safetensors';
    const checkpoint = async (asked: string) => (asked === name ? { path, bytes: 7 } : null);
    const { ask, cookieFor } = await serve({ viewToken: 'only-look', checkpoint });
    const Cookie = await cookieFor('the-token');
    const found = await ask(`/api/checkpoints/${name}`, { Cookie });
    // Of one that grew since it was looked at, as much as was said.
    expect([found.status, found.body, found.headers['content-length']]).toEqual([200, 'weights', '7']);
    expect(found.headers['content-disposition']).toBe(`attachment; filename="${name}"`);
    expect((await ask('/api/checkpoints/../job.yaml', { Cookie })).status).toBe(404);
    expect((await ask(`/api/checkpoints/${name}`, { Cookie: await cookieFor('only-look') })).status).toBe(403);
    expect((await ask(`/api/checkpoints/${name}`)).status).toBe(401);
  });
});
