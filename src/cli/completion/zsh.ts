import type { CommandDescription, Flag } from '../command/description.ts';
import { placesOf, quoted } from './words.ts';

/** For zsh's compsys: as a file `_gradsocket` in fpath, or with `source <(gradsocket completion zsh)`. */
export function zshScript(commands: readonly CommandDescription[]): readonly string[] {
  const places = placesOf(commands);
  return [
    '#compdef gradsocket',
    '# gradsocket completion for zsh: gradsocket completion zsh > ~/.zfunc/_gradsocket',
    '_gradsocket() {',
    '  local -a commands',
    '  if (( CURRENT == 2 )); then',
    `    commands=(${commands.map(({ name, describe }) => `'${name}:${quoted(describe)}'`).join(' ')} help version)`,
    '    if [[ $PREFIX == -* ]]; then compadd -- --help --version; else _describe command commands; fi',
    '    return',
    '  fi',
    '  local command=$words[2]',
    ...commands.flatMap(({ name, commands: parts }) =>
      parts.length === 0
        ? []
        : [
            `  if [[ $command == ${name} ]]; then`,
            '    if (( CURRENT == 3 )); then',
            `      commands=(${parts.map((part) => `'${part.name}:${quoted(part.describe)}'`).join(' ')})`,
            "      _describe 'part' commands",
            '      return',
            '    fi',
            '    command="$command $words[3]"',
            '  fi',
          ],
    ),
    '  case $command in',
    ...places.flatMap(({ words, flags, values, takesFiles }) => [
      `    '${words.join(' ')}')`,
      '      _arguments -s \\',
      ...flags.map((flag) => `        '${argumentOf(flag)}' \\`),
      // The command itself is a word, too: without a rule for words nothing would follow it.
      `        '*:word:${takesFiles ? '_files' : values.length > 0 ? `(${values.join(' ')})` : ' '}' \\`,
      `        '--help[show what it takes]' ;;`,
    ]),
    '  esac',
    '}',
    'if [ "$funcstack[1]" = "_gradsocket" ]; then _gradsocket "$@"; else compdef _gradsocket gradsocket; fi',
  ];
}

/** `--init=[initializer]:WORD:(zeros he_normal)`, where the value may also be the next word. */
function argumentOf({ name, describe, takes, values, isPath }: Flag): string {
  const text = quoted(describe).replace(/([[\]:])/g, '\\$1');
  // One that may stand alone may also have a word.
  if (takes === null)
    return values.length === 0 ? `--${name}[${text}]` : `--${name}[${text}]::word:(${values.join(' ')})`;
  const action = values.length > 0 ? `(${values.join(' ')})` : isPath ? '_files' : ' ';
  return `--${name}=[${text}]:${takes}:${action}`;
}
