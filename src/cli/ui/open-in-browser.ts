import { spawn } from 'node:child_process';

/** By platform: what opens an address as a click on it would. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['explorer.exe'],
  linux: ['xdg-open'],
};

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const HERE: Surroundings = { platform: process.platform, environment: process.env };

/** What would open it; null: there is no screen here that it could be seen on. */
export function openerOf({ platform, environment }: Surroundings): readonly string[] | null {
  const own = environment['BROWSER'];
  if (own !== undefined && /^[\w./-]+$/.test(own)) return [own];
  const seen =
    platform !== 'linux' || environment['DISPLAY'] !== undefined || environment['WAYLAND_DISPLAY'] !== undefined;
  return seen ? (OPENERS[platform] ?? null) : null;
}

/** Opens an address, or a file, in the browser. Returns why it did not, as a sentence; null: it is on its way. */
export async function openInBrowser(address: string, here: Surroundings = HERE): Promise<string | null> {
  const opener = openerOf(here);
  if (opener === null)
    return '--open: there is no screen here. Open the address above in a browser that reaches this machine.';
  const [command = '', ...args] = opener;
  return new Promise((resolve) => {
    const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(`--open: there is no ${command} here. Open the address above by hand.`));
    child.once('spawn', () => {
      child.unref();
      resolve(null);
    });
  });
}
