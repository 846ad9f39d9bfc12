import type { EngineChoice, EngineReport } from '../../shared/engine/choose.ts';

const HEAD = ['engine', 'usable', 'device', 'threads', 'note'] as const;

/** What the doctor found, for people: a table, what `auto` takes, and the commands that would mend something. */
export function doctorLines(
  reports: readonly EngineReport[],
  choice: EngineChoice | null,
  surroundings: { readonly node: string; readonly platform: string },
): readonly string[] {
  const rows = reports.map(({ engine, usable, device, threads, reason }) => [
    engine,
    usable ? 'yes' : 'no',
    device ?? '-',
    threads === null ? '-' : String(threads),
    reason ?? '',
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  const remedies = reports.flatMap(({ engine, remedy }) => (remedy === null ? [] : [`${engine}: npx ${remedy}`]));
  return [
    `Node ${surroundings.node} on ${surroundings.platform}`,
    '',
    line(HEAD),
    ...rows.map(line),
    '',
    choice === null ? 'auto finds no engine' : `auto takes ${choice.engine}: ${choice.because}`,
    ...remedies.map((remedy) => `to mend ${remedy}`),
  ];
}
