import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Why this machine cannot play tricks on disks with these tools; null: it can. */
export function lacksTools(tools: readonly string[]): string | null {
  if (process.platform !== 'linux') return 'only Linux has what it takes';
  if (process.getuid?.() !== 0) return 'it needs root';
  for (const tool of tools) {
    const found = ['/sbin', '/usr/sbin', '/bin', '/usr/bin'].some((folder) => existsSync(join(folder, tool)));
    if (!found) return `it needs ${tool}`;
  }
  return null;
}
