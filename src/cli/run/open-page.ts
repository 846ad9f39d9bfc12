import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openInBrowser } from '../ui/open-in-browser.ts';
import { temporaryFolder } from '../../shared/temporary-folder.ts';

export interface OpenedPage {
  /** Why there is nothing to see; null: it is on its way. */
  readonly trouble: string | null;
  close(): Promise<void>;
}

/**
 * Opens the page of a run in the browser of whoever started it, who need not type the token: it goes in the part of the address that
 * no request carries. By way of a file that nobody else may read, as lists of processes show the command line of a browser.
 */
export async function openPage(
  url: string,
  token: string | null,
  open: (address: string) => Promise<string | null> = openInBrowser,
  makeFolder = temporaryFolder,
): Promise<OpenedPage> {
  const address = pageAddress(url);
  if (token === null) return { trouble: await open(address), close: async () => undefined };
  const folder = await makeFolder('page').catch((error: Error) => error);
  // The page is where it is all the same, and the run goes on.
  if (typeof folder !== 'string') return { trouble: folder.message, close: async () => undefined };
  const file = join(folder, 'open.html');
  await writeFile(file, redirectTo(`${address}#${encodeURIComponent(token)}`), { mode: 0o600 });
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const trouble = await open(file);
  if (trouble !== null) await close();
  return { trouble, close };
}

/** Where this machine finds the page of the coordinator at `url`, `ws://host:port`. */
export function pageAddress(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol === 'wss:' ? 'https' : 'http'}://${host.replace(/^(0\.0\.0\.0|\[::\])/, '127.0.0.1')}/`;
}

function redirectTo(address: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${address}">
<title>gradsocket</title>
`;
}
