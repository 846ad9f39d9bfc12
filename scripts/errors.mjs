// @ts-check
// docs/errors.md: every stable code with its exit code and the sentence that the code gives it, read from the sources, so that
// the page cannot say anything else than they do. `npm run docs` writes it; a test fails where it is not current.
import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/** @typedef {{ code: string, exit: string, sentence: string, file: string }} KnownError */

/** Stands where a sentence tells what it found. */
const GAP = '…';

const CODE = /(?<=\bnew GradsocketError\(\s*)'([A-Z][A-Z0-9]*)',\s*|'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)',\s*/g;

/**
 * The errors that a source makes: a code as an argument, then, maybe, an exit code, then the sentence.
 * @param {string} file @param {string} text @returns {KnownError[]}
 */
export function errorsIn(file, text) {
  const exits = new Set([...text.matchAll(/\bEXIT\.(\w+)/g)].map(([, name]) => name ?? ''));
  const found = [];
  for (const match of text.matchAll(CODE)) {
    const rest = text.slice(match.index + match[0].length);
    const own = /^EXIT\.(\w+),\s*/.exec(rest) ?? /^(\w+(?:\([^)]*\))?),\s*/.exec(rest);
    const named = /^EXIT\.(\w+)/.exec(rest)?.[1];
    const sentence = sentenceOf(rest.slice(own?.[0].length ?? 0)) || namedSentence(text, match.index, rest, own);
    // Where another function adds the exit code, it is the only one of its file.
    const exit = named ?? (own === null && exits.size === 1 ? [...exits][0] : undefined) ?? '';
    found.push({ code: match[1] ?? match[2] ?? '', exit, sentence, file });
  }
  return found;
}

/**
 * The sentence where it was put into a variable before. @param {string} text @param {number} at @param {string} rest
 * @param {RegExpExecArray | null} own
 */
function namedSentence(text, at, rest, own) {
  // What stood where an exit code may stand can be the variable itself.
  const names = [/^\w+/.exec(rest.slice(own?.[0].length ?? 0))?.[0], /^\w+/.exec(rest)?.[0]];
  for (const name of names) {
    const declared = name === undefined ? -1 : text.lastIndexOf(`const ${name} =`, at);
    if (declared === -1) continue;
    return sentenceOf(text.slice(declared).replace(/^const \w+ =\s*/, ''));
  }
  return '';
}

/** Literals joined by `+`, with a gap for each value that is put in. @param {string} text */
function sentenceOf(text) {
  let sentence = '';
  let rest = text;
  while (true) {
    const literal = /^'((?:[^'\\]|\\.)*)'|^"((?:[^"\\]|\\.)*)"/.exec(rest);
    const length = literal === null ? templateLength(rest) : literal[0].length;
    if (length === 0) break;
    const raw = literal === null ? withoutValues(rest.slice(1, length - 1)) : (literal[1] ?? literal[2] ?? '');
    sentence += raw.replaceAll(/\\(.)/g, '$1');
    const joined = /^\s*\+\s*/.exec(rest.slice(length));
    if (joined === null) break;
    rest = rest.slice(length + joined[0].length);
    if (!/^['"`]/.test(rest)) {
      sentence += GAP;
      break;
    }
  }
  return sentence.replaceAll(/\s+/g, ' ').trim();
}

/** Characters of the template literal that `text` begins with, with its marks; 0: it begins with none. @param {string} text */
function templateLength(text) {
  if (!text.startsWith('`')) return 0;
  for (let at = 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith('${', at)) at += valueLength(text.slice(at)) - 1;
    else if (text[at] === '`') return at + 1;
  }
  return 0;
}

/** Characters of the `${...}` that `text` begins with. @param {string} text */
function valueLength(text) {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '`') at += templateLength(text.slice(at)) - 1;
    else if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at + 1;
  }
  return text.length;
}

/** @param {string} template */
function withoutValues(template) {
  let text = '';
  for (let at = 0; at < template.length; at++) {
    if (template.startsWith('${', at)) {
      at += valueLength(template.slice(at)) - 1;
      text += GAP;
    } else text += template[at];
  }
  return text;
}

/** All errors below a src folder, in the order of their codes; a code that stands in several places once. @param {string} source */
export function knownErrors(source) {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(sep).join('/'))
    .toSorted();
  /** @type {Map<string, { exits: Set<string>, sentence: string }>} */
  const codes = new Map();
  for (const file of files) {
    for (const { code, exit, sentence } of errorsIn(file, readFileSync(join(source, file), 'utf8'))) {
      const known = codes.get(code) ?? { exits: new Set(), sentence: '' };
      if (exit !== '') known.exits.add(exit);
      if (sentence.length > known.sentence.length) known.sentence = sentence;
      codes.set(code, known);
    }
  }
  return [...codes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([code, rest]) => ({ code, ...rest }));
}

/** @param {string} source @param {Readonly<Record<string, number>>} exitCodes by their names in errors.ts */
export function errorsPage(source, exitCodes) {
  const rows = knownErrors(source).map(({ code, exits, sentence }) => {
    const numbers = [...exits].map((name) => exitCodes[name]).filter((number) => number !== undefined);
    const exit = numbers.length === 0 ? 'as its cause' : numbers.toSorted((a, b) => a - b).join(', ');
    return `| \`${code}\` | ${exit} | ${(sentence || GAP).replaceAll('|', '\\|')} |`;
  });
  return `# Errors

Written by \`npm run docs\` from the sources; a test fails where this page is not current. Codes are stable: programs may look at them
(\`code\` in the lines of \`--json\` and in the logs). ${GAP} stands for what the sentence tells of your case. What the exit codes mean is in
[operations.md](operations.md).

| code | exit code | sentence |
|---|---|---|
${rows.join('\n')}
`;
}
