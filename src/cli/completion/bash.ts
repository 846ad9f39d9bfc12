import type { CommandDescription } from '../command/description.ts';
import { placesOf, quoted } from './words.ts';

/** For bash 3.2 or newer, also without bash-completion. */
export function bashScript(commands: readonly CommandDescription[]): readonly string[] {
  const places = placesOf(commands);
  const names = [...commands.map(({ name }) => name), 'help', 'version'].join(' ');
  const parts = commands.filter((command) => command.commands.length > 0).map(({ name }) => name);
  const values = new Map<string, string>();
  for (const { words, flags } of places) {
    for (const flag of flags)
      if (flag.values.length > 0) values.set(`${words.join(' ')} --${flag.name}`, flag.values.join(' '));
  }
  const files = [
    ...new Set(places.flatMap(({ flags }) => flags.flatMap(({ name, isPath }) => (isPath ? [`--${name}`] : [])))),
  ];
  const others = [
    ...new Set(
      places.flatMap(({ flags }) =>
        flags.flatMap(({ name, takes, isPath }) => (takes !== null && !isPath ? [`--${name}`] : [])),
      ),
    ),
  ];
  return [
    '# gradsocket completion for bash: gradsocket completion bash >> ~/.bashrc',
    '_gradsocket() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" words=""',
    '  COMPREPLY=()',
    `  case "$command" in ${parts.join('|') || "''"}) [ "$COMP_CWORD" -gt 2 ] && command="$command \${COMP_WORDS[2]}" ;; esac`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W '${names} --help --version' -- "$word"))`,
    '    return',
    '  fi',
    '  case "$command $before" in',
    ...[...values].map(([place, words]) => `    '${quoted(place)}') words='${quoted(words)}' ;;`),
    '  esac',
    '  if [ -z "$words" ]; then',
    '    case "$before" in',
    `      ${files.join('|')}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")); return ;;`,
    `      ${others.filter((name) => !files.includes(name)).join('|')}) return ;;`,
    '    esac',
    '    case "$command" in',
    ...places.map(({ words, flags, parts: below, values: own }) => {
      const all = [...below.map(({ name }) => name), ...own, ...flags.map(({ name }) => `--${name}`), '--help'];
      return `      '${words.join(' ')}') words='${quoted(all.join(' '))}' ;;`;
    }),
    '    esac',
    '    case "$word" in -*) ;; *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;; esac',
    '  fi',
    '  COMPREPLY+=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -F _gradsocket gradsocket',
  ];
}
