import type { EngineChoice, EngineReport } from '../../engine/choose.ts';

const HEAD = ['engine', 'usable', 'device', 'threads', 'note'] as const;

export interface Surroundings {
  /** How gradsocket is called here. */
  readonly command: string;
  readonly node: string;
  readonly platform: string;
  /** The processor's instructions for bfloat16; null: not known. */
  readonly bfloat16: readonly string[] | null;
}

/** What the doctor found, for people: a table, what `auto` takes, and the commands that would mend something. */
export function doctorLines(
  reports: readonly EngineReport[],
  choice: EngineChoice | null,
  { command, ...surroundings }: Surroundings,
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
  const remedies = reports.flatMap(({ engine, remedy }) =>
    remedy === null ? [] : [`${engine}: ${remedy.replace(/^gradsocket/, command)}`],
  );
  return [
    `Node ${surroundings.node} on ${surroundings.platform}`,
    '',
    line(HEAD),
    ...rows.map(line),
    '',
    choice === null ? 'auto finds no engine' : `auto takes ${choice.engine}: ${choice.because}`,
    precisionLine(surroundings.bfloat16, reports),
    ...remedies.map((remedy) => `to mend ${remedy}`),
  ];
}

function precisionLine(bfloat16: Surroundings['bfloat16'], reports: readonly EngineReport[]): string {
  // What the processor could do helps nobody whose engine does not.
  if (!reports.some(({ engine, usable }) => engine === 'tensorflow' && usable)) {
    return '--precision bf16: takes the tensorflow engine, which is not usable here';
  }
  if (reports.some(({ accelerated }) => accelerated)) {
    return '--precision bf16: takes the GPU, and is faster there where microbatches are large';
  }
  if (bfloat16 === null) return '--precision bf16: what this processor gains from it is not known';
  return bfloat16.length === 0
    ? '--precision bf16: no gain, this processor has neither avx512_bf16 nor amx_bf16'
    : `--precision bf16: faster, this processor has ${bfloat16.join(', ')}`;
}
