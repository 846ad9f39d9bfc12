import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Answer, HTML, NOTHING } from './answer.ts';
import { PAGE_HEAD } from './page-head.ts';

/** What `npm run build` makes of src/page/: one script and one style sheet, nothing from elsewhere. */
const BUNDLE = new URL('../../page/bundle/', import.meta.url);

interface Page {
  readonly policy: string;
  readonly text: Buffer;
  readonly zipped: Buffer;
}

let page: Page | null = null;

/** The page at `/`; everything it shows comes from /api/view, and over a socket. */
export function pageAnswer(request: IncomingMessage): Answer {
  page ??= load();
  const { policy, text, zipped } = page;
  const zips = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const headers = { 'Content-Security-Policy': policy, Vary: 'Accept-Encoding' };
  if (!zips) return { status: 200, type: HTML, body: text, headers };
  return { status: 200, type: HTML, body: zipped, headers: { ...headers, 'Content-Encoding': 'gzip' } };
}

function load(): Page {
  const read = (name: string): string => readFileSync(new URL(name, BUNDLE), 'utf8').trim();
  const [style, script] = [read('page.css'), read('page.js')];
  const html = `${PAGE_HEAD}
<style>${style}</style>
<div id="page"><p>gradsocket: this page needs JavaScript; /api/run says the same in JSON.</p></div>
<script>${script}</script>
</html>
`;
  const text = Buffer.from(html);
  // A page of the same origin may open a socket to it; older browsers do not count that as 'self'.
  const policy =
    `${NOTHING}; form-action 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; ` +
    `connect-src 'self'; img-src 'self' data:`;
  return { policy, text, zipped: gzipSync(text, { level: 9 }) };
}

/** By which a script or style may run in the page, and no other. */
export function hashOf(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
