import { EXIT, GradsocketError } from '../../shared/errors.ts';

const YES = /^(?:true|yes|on|1|y|t|enabled?)$/i;
const NO = /^(?:false|no|off|0|n|f|disabled?)$/i;

/**
 * The words with the values of flags that may stand alone in one word with them, and as true or false: `--flip yes` is
 * `--flip`. `takesWords`: a word behind a flag may be one of the command's own, so that only true and false belong to it.
 *
 * @throws GradsocketError where a value is neither, or a flag is there with both
 */
export function withSwitchValues(
  words: readonly string[],
  switches: readonly string[],
  takesWords: boolean,
): readonly string[] {
  const given = new Map<string, boolean>();
  const said: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined || !switches.includes(name)) {
      said.push(word);
      continue;
    }
    const next = words[at + 1] ?? '';
    const isValue = takesWords ? /^(?:true|false)$/i.test(next) : YES.test(next) || NO.test(next);
    if (inline === undefined && isValue) at++;
    const isOn = valueOf(name, inline ?? (isValue ? next : 'true'));
    if ((given.get(name) ?? isOn) !== isOn) {
      throw new GradsocketError(
        'USAGE',
        EXIT.usage,
        `--${name} is given both ways: keep --${name}, or --${name}=false.`,
      );
    }
    given.set(name, isOn);
    said.push(isOn ? `--${name}` : `--${name}=false`);
  }
  return said;
}

function valueOf(name: string, text: string): boolean {
  if (YES.test(text)) return true;
  if (NO.test(text)) return false;
  throw new GradsocketError(
    'USAGE',
    EXIT.usage,
    `--${name}=${text}: expects true or false, or nothing behind it, which is true.`,
  );
}
