import { type ScalarTag, stringify } from 'yaml';

/** Words that mean themselves to every reader: not one of those that YAML 1.1 takes for true, false, null or a number. */
const PLAIN = /^[A-Za-z/][\w./-]*(?: [\w./-]+)*$/;
const TAKEN = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity|e[\d_.]*)$/i;

/** What JSON leaves as it is and YAML does not read back, or not everywhere. */
// oxlint-disable-next-line no-control-regex -- they are what is meant
const UNPRINTABLE = /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g;

const TEXT: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  identify: (value) => typeof value === 'string',
  resolve: (text) => text,
  stringify: ({ value }) => {
    const text = String(value);
    if (PLAIN.test(text) && !TAKEN.test(text)) return text;
    return JSON.stringify(text).replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  },
};

/** YAML 1.1 takes 1e-8 for a text: its numbers with an exponent have a point, and the exponent a sign. */
const EXPONENT: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number' && /^-?\d+e/.test(String(value)),
  // The library prefers tags that it could read by.
  test: /^[-+]?\d+\.0e[-+]\d+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace('e', '.0e'),
};

/**
 * Settings as YAML that readers of 1.1, such as Python's, and of 1.2, as this one is, take for the same. Texts that only look
 * like words stand in quotes.
 */
export function writeYaml(settings: Readonly<Record<string, unknown>>): string {
  return stringify(settings, {
    customTags: (tags) => [TEXT, EXPONENT, ...tags],
    flowCollectionPadding: false,
    collectionStyle: 'any',
    lineWidth: 0,
  });
}
