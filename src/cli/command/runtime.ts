import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** The oldest Node for which all of this is written, as package.json says. */
const OLDEST = [20, 19] as const;

/** Why this program cannot run on what runs it, in a sentence; null: it can. Others claim to be a Node, and lack parts of it. */
export function unfitRuntime(versions: Readonly<Record<string, string | undefined>>): string | null {
  const needed = `gradsocket needs Node ${OLDEST.join('.')} or newer`;
  const { bun, deno, node = '' } = versions;
  if (bun !== undefined) return `${needed}, and this is Bun ${bun}. Start it with node.`;
  if (deno !== undefined) return `${needed}, and this is Deno ${deno}. Start it with node.`;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld ? `${needed}, and this is Node ${node}. Update it (nodejs.org).` : null;
}

/** For programs, which have loaded more than the command line has by then. @throws GradsocketError */
export function requireRuntime(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  const unfit = unfitRuntime(versions);
  if (unfit !== null) throw new GradsocketError('RUNTIME', EXIT.configuration, unfit);
}
