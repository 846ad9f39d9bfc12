/** Of flags that each have their value behind them, as programs write them: by name. */
export function flagPairs(words: readonly string[]): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 2) {
    const [flag = '', value] = words.slice(at, at + 2);
    if (!flag.startsWith('--') || value === undefined) throw new Error(`${flag} is not a flag with its value`);
    flags[flag.slice(2)] = value;
  }
  return flags;
}
