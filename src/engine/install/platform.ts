import { readFileSync } from 'node:fs';
import { wrongPlatform } from './failures.ts';

export interface Platform {
  readonly os: string;
  readonly arch: string;
  /** `2.36`; null: another C library. */
  readonly glibc: string | null;
  readonly avx: boolean;
}

export function thisPlatform(): Platform {
  return { os: process.platform, arch: process.arch, glibc: glibcVersion(), avx: hasAvx() };
}

/** Why TensorFlow cannot run on this machine whatever is installed; null: it can. */
export function unsupported({ os, arch, glibc, avx }: Platform): string | null {
  if (os !== 'linux' || arch !== 'x64') return `${os} on ${arch}`;
  if (glibc === null) return 'Linux without glibc (musl)';
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 27)) return `Linux with glibc ${glibc}`;
  if (!avx) return 'a processor without AVX';
  return null;
}

export function requirePlatform(platform: Platform): void {
  const reason = unsupported(platform);
  if (reason !== null) throw wrongPlatform(reason);
}

function glibcVersion(): string | null {
  if (process.platform !== 'linux') return null;
  // Without this the report looks up the names of the machine's network addresses, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime ?? null;
}

function hasAvx(): boolean {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    // A sandbox may hide the flags: then the trial after the build decides.
    return flags === undefined || flags.split(' ').includes('avx');
  } catch {
    return true;
  }
}
