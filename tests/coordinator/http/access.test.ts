import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { Access } from '../../../src/coordinator/http/access.ts';
import { metricsRefusal } from '../../../src/shared/metrics/metrics-access.ts';

const TOKEN = 'The-token_of~the.run';
const VIEW_TOKEN = 'Only-to_look!at*it';

/** The beginnings of a secret, and what it is the beginning of. */
function near(secret: string): readonly string[] {
  const parts = Array.from({ length: secret.length - 1 }, (_, index) => secret.slice(0, index + 1));
  return [...parts, `${secret}x`, `${secret}${secret}`, `x${secret}`, secret.slice(1), secret.toLowerCase()];
}

const access = new Access({ host: '0.0.0.0', token: TOKEN, viewToken: VIEW_TOKEN });
const asking = (headers: Readonly<Record<string, string>>) => ({ headers }) as unknown as IncomingMessage;
const bearer = (token: string) => asking({ authorization: `Bearer ${token}` });

it('the token of the run lets look and steer, that to look only look, and nothing near them either', () => {
  const may = (request: IncomingMessage) => [access.mayLook(request), access.maySteer(request)];
  expect(may(bearer(TOKEN))).toEqual([true, true]);
  expect(may(bearer(VIEW_TOKEN))).toEqual([true, false]);
  expect([access.rightOf(TOKEN), access.rightOf(VIEW_TOKEN)]).toEqual(['steer', 'look']);
  for (const wrong of [...near(TOKEN), ...near(VIEW_TOKEN)]) {
    expect(may(bearer(wrong)), wrong).toEqual([false, false]);
    expect(access.rightOf(wrong), wrong).toBeNull();
  }
  expect(access.rightOf('')).toBeNull();
  expect(may(asking({}))).toEqual([false, false]);
});

it('so do their cookies', () => {
  const may = (cookie: string) => [access.mayLook(asking({ cookie })), access.maySteer(asking({ cookie }))];
  for (const [right, expected] of [
    ['steer', [true, true]],
    ['look', [true, false]],
  ] as const) {
    const [name, value] = access.cookie(right).split('=') as [string, string];
    expect(may(`${name}=${value}`)).toEqual(expected);
    for (const wrong of ['', ...near(value).filter((other) => other !== value)]) {
      expect(may(`${name}=${wrong}`), wrong).toEqual([false, false]);
    }
  }
  const other = new Access({ host: '0.0.0.0', token: `${TOKEN}x`, viewToken: null });
  expect(may(other.cookie('steer'))).toEqual([false, false]);
});

it('metrics are shown with their token, and with nothing near it', () => {
  const refusal = (authorization: string) => metricsRefusal({ authorization }, { host: '0.0.0.0', token: TOKEN });
  expect(refusal(`Bearer ${TOKEN}`)).toBeNull();
  for (const wrong of near(TOKEN)) expect(refusal(`Bearer ${wrong}`), wrong).toMatchObject({ status: 401 });
});
