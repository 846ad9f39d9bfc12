import { type Document, LineCounter, type Node, type YAMLMap, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { EXIT, GradsocketError } from '../errors.ts';
import type { Field } from './fields.ts';
import { flagMeant, kebab, type Meaning } from './meaning.ts';
import { nearestName } from '../nearest.ts';
import { otherFormat } from './other-format.ts';
import { valueOfText } from './values.ts';

interface ConfigValue {
  readonly value: unknown;
  readonly line: number;
}

/** A YAML file of settings, its keys known to be fields; the values are checked by whoever reads them. */
export interface ConfigFile {
  readonly file: string;
  /** By `Field.key`. */
  readonly values: ReadonlyMap<string, ConfigValue>;
}

/** What is elsewhere the path of a YAML file, or its content, may stand here as it is. */
const INLINE = 'classWeights';

/** What helps somebody who wrote a key that is none of `names`, but may mean one: the end of a sentence about it. */
type UnknownAdvice = (name: string, names: readonly string[], meant: Meaning | null) => string;

/** Reads the text of a configuration file. Every mistake is a sentence with the line on which it stands. */
export function parseConfig(
  text: string,
  file: string,
  fields: readonly Field[],
  unknownAdvice: UnknownAdvice = meantInstead,
): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  const refuseLine = (line: number, why: string): never => {
    throw new GradsocketError('CONFIG_INVALID', EXIT.configuration, `${file}:${line}: ${why}`);
  };
  const refuse = (offset: number, why: string): never => refuseLine(lineOf(offset), why);

  const [error] = document.errors;
  if (error?.code === 'MULTIPLE_DOCS') refuse(error.pos[0], 'a second document begins here. Keep one of them.');
  const other = error !== undefined || !isMap(document.contents) ? otherFormat(text) : null;
  if (other !== null) refuseLine(other.line, `${other.sentence}.`);
  if (error !== undefined) refuse(error.pos[0], `this is not valid YAML: ${sentence(error.message)}`);
  const values = new Map<string, ConfigValue>();
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { file, values };
  if (!isMap(root)) return refuse(root.range?.[0] ?? 0, 'expects settings such as `epochs: 3`, one on each line.');

  for (const { key, value } of root.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const names = fields.map((candidate) => candidate.name);
    const meant = flagMeant(name, names);
    const ours = meant !== null && 'is' in meant ? meant.is : name;
    const field = fields.find((candidate) => candidate.name === ours);
    if (isMap(value) && field?.key !== INLINE)
      refuse(offset, `${name} has settings below it: ${onFirstLevel(value, names, field)}`);
    if (name === '<<') refuse(offset, 'settings that stand elsewhere are not put in here: write them out.');
    if (field === undefined) {
      // Within the braces of JSON they are read as the beginning of a key.
      if (/^\/[/*]/.test(name)) refuse(offset, 'comments begin with # here, also in JSON.');
      return refuse(offset, `unknown key \`${name}\`${unknownAdvice(name, names, meant)}`);
    }
    if (values.has(field.key)) refuse(offset, `${name} sets ${field.name}, which is there already. Keep one of them.`);
    const wrong = misread(value, field);
    if (wrong !== null) refuse(offset, `${name}: ${wrong}`);
    const given = valueFor(field, value, document);
    // `channels: 32` is a list of one, as on the command line.
    const isOne = field.type.kind === 'list' && typeof given === 'number';
    values.set(field.key, { value: isOne ? [given] : given, line: lineOf(offset) });
  }
  return { file, values };
}

function meantInstead(name: string, names: readonly string[], meant: Meaning | null): string {
  if (meant !== null && 'hint' in meant && meant.hint !== null) return `. In the words of flags: ${meant.hint}`;
  const near = nearestName(kebab(name), names);
  return near === null ? ': gradsocket launch --help lists what there is.' : `: did you mean \`${near}\`?`;
}

/** Where others nest settings, an example of one as it is written here. */
function onFirstLevel(below: YAMLMap, names: readonly string[], above: Field | undefined): string {
  const [example = '`epochs: 3`'] = below.items.flatMap(({ key, value }) => {
    if (!isScalar(key) || !isScalar(value) || value.value === null) return [];
    const inner = String(key.value);
    const meant = flagMeant(inner, names);
    // `model: {name: resnet18}`
    const isOwn = above !== undefined && /^(?:name|type|kind|class|_target_)$/.test(inner);
    const name = isOwn ? above.name : meant !== null && 'is' in meant ? meant.is : null;
    return name === null ? [] : [`\`${name}: ${value.source ?? ''}\``];
  });
  return `all stand on the first level here, such as ${example}, one on each line.`;
}

/** In the sense of the field: `flip: yes` is true, and a folder may be called 2024. */
function valueFor(field: Field, node: Node | null, document: Document): unknown {
  // Files and words in a list are several, for a sweep.
  const numbers = isSeq(node) && node.items.every((item) => isScalar(item) && typeof item.value === 'number');
  if (field.key === INLINE && (isMap(node) || numbers)) return JSON.stringify(plainOf(node, document));
  const together = numbers && isText(field) ? String(plainOf(node, document)) : null;
  // `normalize: [0.5, 0.25]`: of what takes several numbers, one alone would be nothing.
  if (together !== null && takes(field, together) && !takes(field, together.split(',')[0])) return together;
  if (isSeq(node)) return node.items.map((item) => valueFor(field, item as Node | null, document));
  if (!isScalar(node)) return plainOf(node, document);
  const { value, source } = node;
  if (isText(field)) return value !== null && typeof value !== 'string' ? (source ?? value) : value;
  // Also a number in quotes, and `16,32` as on the command line.
  if (typeof value === 'string') return valueOfText(field, value);
  return value;
}

function takes({ schema }: Field, value: unknown): boolean {
  return schema.safeParse(value).success;
}

function isText({ type }: Field): boolean {
  return type.kind === 'text' || type.kind === 'choice';
}

/** A number that readers of YAML 1.1 and of 1.2 take for different ones, in a sentence; null: there is none. */
function misread(node: Node | null, field: Field): string | null {
  if (field.type.kind !== 'number' && field.type.kind !== 'list') return null;
  if (isSeq(node))
    return node.items.map((item) => misread(item as Node | null, field)).find((why) => why !== null) ?? null;
  if (!isScalar(node) || node.type !== 'PLAIN' || node.source === undefined) return null;
  const { source } = node;
  if (/^[-+]?0[0-7o_]/.test(source)) {
    return `${source} is one number to some readers of YAML and another to others. Write it without the zero in front.`;
  }
  return /^[-+]?\d[\d_]*_[\d_.]*$/.test(source)
    ? `${source} is a number to some readers of YAML only. Write it without _.`
    : null;
}

/** Aliases that multiply without end are refused by the library with an exception; as text they match no field. */
function plainOf(node: Node | null, document: Document): unknown {
  try {
    return node === null ? null : node.toJS(document);
  } catch {
    return String(node);
  }
}

/** The library's words for slips that are common in files of settings, and ours. */
const SLIPS: readonly (readonly [RegExp, string])[] = [
  [
    /^Nested mappings/,
    'two settings share a line, or one is indented. Each begins a line of its own, and a value with `: ` in it stands in quotes.',
  ],
  [/^Implicit /, 'there is no `: ` between a name and its value. Write `epochs: 3`.'],
  [/^Unexpected scalar at node end/, 'its lines do not begin in one column.'],
  [/^Flow sequence/, 'a list has no ] at its end.'],
  [/^Flow map/, 'there is no } at its end.'],
  [/^Missing closing/, 'a quote is not closed.'],
  [/^Invalid escape/, 'in double quotes \\ changes what follows. Write single quotes around the value.'],
  [/^Plain value cannot start/, 'a value that begins so stands in quotes.'],
];

function sentence(message: string): string {
  const slip = SLIPS.find(([theirs]) => theirs.test(message));
  if (slip !== undefined) return slip[1];
  const [line] = message.split('\n');
  return `${(line ?? message).replace(/[.:]?\s*$/, '')}.`;
}
