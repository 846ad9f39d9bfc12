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
    '  local word="${COMP_WORDS[COMP_CWORD]}" at=$((COMP_CWORD - 1)) command="${COMP_WORDS[1]}" words="" files=""',
    '  # Bash takes the = of --flag=VALUE for a word of its own.',
    '  if [ "$word" = "=" ]; then word=""; elif [ "${COMP_WORDS[at]}" = "=" ]; then at=$((at - 1)); fi',
    '  local before="${COMP_WORDS[at]}"',
    `  case "$command" in ${parts.join('|') || "''"}) [ "$COMP_CWORD" -gt 2 ] && command="$command \${COMP_WORDS[2]}" ;; esac`,
    '  case "$word" in -*) before="" ;; esac',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words='${names} --help --version'`,
    '  else',
    '    case "$command $before" in',
    ...[...values].map(([place, words]) => `      '${quoted(place)}') words='${quoted(words)}' ;;`),
    '    esac',
    '  fi',
    '  if [ -z "$words" ]; then',
    '    case "$before" in',
    `      ${files.join('|') || "''"}) files=yes ;;`,
    `      ${others.filter((name) => !files.includes(name)).join('|') || "''"}) ;;`,
    '      *) case "$command" in',
    ...places.map(({ words, flags, parts: below, values: own, takesFiles }) => {
      const all = [...below.map(({ name }) => name), ...own, ...flags.map(({ name }) => `--${name}`), '--help'];
      const either = takesFiles ? 'files=yes; ' : '';
      return `        '${words.join(' ')}') ${either}words='${quoted(all.join(' '))}' ;;`;
    }),
    '      esac ;;',
    '    esac',
    '  fi',
    '  COMPREPLY=()',
    '  # Files are left to readline, which knows about spaces: it offers them where there is nothing else.',
    '  if [ -n "$files" ]; then case "$word" in -*) ;; *) return ;; esac; fi',
    '  compopt +o default 2>/dev/null',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -o default -F _gradsocket gradsocket',
  ];
}
