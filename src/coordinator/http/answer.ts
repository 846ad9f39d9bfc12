import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { PROTOCOL_HEADER } from '../../shared/link/refusal.ts';
import { SUBPROTOCOL } from '../../shared/protocol/shared.ts';

/** A file that is sent as it is read. */
interface FileBody {
  readonly bytes: number;
  readonly open: () => NodeJS.ReadableStream;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer | FileBody;
  readonly headers?: Readonly<Record<string, string>>;
}

export const TEXT = 'text/plain; charset=utf-8';
export const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

export const NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

export function textAnswer(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: TEXT, body: `${sentence}\n`, headers };
}

export function jsonAnswer(value: unknown): Answer {
  return { status: 200, type: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

export async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, type, body, headers } = answer;
  const isFile = typeof body === 'object' && 'open' in body;
  response.writeHead(status, {
    'Content-Security-Policy': NOTHING,
    ...headers,
    'Content-Type': type,
    'Content-Length': isFile ? body.bytes : Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    [PROTOCOL_HEADER]: SUBPROTOCOL,
  });
  if (request.method === 'HEAD') response.end();
  else if (isFile) await pipeline(body.open(), response).catch(() => response.destroy());
  else response.end(body);
}
