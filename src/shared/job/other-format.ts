interface Format {
  /** A line; of the whole text where it is `anywhere`, else the first that says anything. */
  readonly line: RegExp;
  readonly anywhere: boolean;
  /** And what the text holds besides. */
  readonly holds?: RegExp;
  readonly sentence: (line: RegExpExecArray) => string;
}

const FORMATS: readonly Format[] = [
  {
    line: /^(?:[{[]|\/[/*])/,
    anywhere: false,
    holds: /^\s*\/[/*]|[,{[\d"]\s*\/[/*]/m,
    sentence: () => 'comments begin with # here, also in JSON',
  },
  {
    line: /^\[[\w.\s"'-]+\]$/,
    anywhere: true,
    holds: /^\s*[\w.-]+\s*=/m,
    sentence: () => 'settings are written as `epochs: 3`, one on each line, without sections and =',
  },
  { line: /^-{1,2}([A-Za-z][\w-]*)[= ](.*)$/, anywhere: true, sentence: written },
  { line: /^(?:export\s+)?([A-Za-z][\w.-]*)\s*=\s*(.*)$/, anywhere: true, sentence: written },
  { line: /^([A-Za-z][\w.-]*):(?![\s/\\])(.+)$/, anywhere: true, sentence: written },
  {
    line: /^-\s/,
    anywhere: false,
    sentence: () => 'settings are written as `epochs: 3`, one on each line, without a dash before them',
  },
];

function written([, name = '', value = '']: RegExpExecArray): string {
  const bare = value.replace(/\s*[;,]?\s*(?:#.*)?$/, '');
  return `settings are written as \`${name}: ${bare === '' ? '...' : bare}\``;
}

/**
 * How a file of settings is to be written that is no YAML, where it is in the way of another program: the line that shows it, and a
 * sentence without its point. Null: nobody knows.
 */
export function otherFormat(text: string): { readonly line: number; readonly sentence: string } | null {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const first = lines.findIndex((line) => line !== '' && !/^(?:[#;]|---)/.test(line));
  for (const { line, anywhere, holds, sentence } of FORMATS) {
    if (holds?.test(text) === false) continue;
    for (const [index, said] of lines.entries()) {
      const found = anywhere || index === first ? line.exec(said) : null;
      if (found !== null) return { line: index + 1, sentence: sentence(found) };
    }
  }
  return null;
}
