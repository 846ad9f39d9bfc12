/** The code is written in British English; flags, keys and variables in American, as those are that people know from elsewhere. */
const SPELLED: Readonly<Record<string, string>> = {
  colour: 'color',
  colourProfile: 'color-profile',
  normalise: 'normalize',
  centred: 'centered',
  grey: 'gray',
};

/** A setting, as `Field.key` has it, in the word of flag, YAML and docs: `imageSize` is `image-size`. */
export function flagName(key: string): string {
  return SPELLED[key] ?? kebabOf(key);
}

/** As it would be spelled here, and was before there was one spelling; null: in no other way. Still understood everywhere. */
export function formerName(key: string): string | null {
  return key in SPELLED ? kebabOf(key) : null;
}

/** Variables of the environment that only `formerName`s have. */
export const FORMER_VARIABLES: readonly string[] = Object.keys(SPELLED).map((key) => variableOf(kebabOf(key)));

export function variableOf(name: string): string {
  return `GRADSOCKET_${name.replaceAll('-', '_').toUpperCase()}`;
}

function kebabOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
