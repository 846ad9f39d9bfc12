import { visible } from '../../shared/visible.ts';

/** Text that is HTML already. Everything else is escaped where it is put into it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Content = Markup | string | number | null | readonly (Markup | string | number | null)[];

/** A template that escapes what is put in; null is nothing, lists follow one another. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const texts = parts.map((part, index) => part + (index < contents.length ? written(contents[index] ?? null) : ''));
  return new Markup(texts.join(''));
}

function written(content: Content): string {
  if (content === null) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return short(content);
  return content.map(written).join('');
}

/** Control characters, too: no picture can have them, and the name of a class may. */
function escaped(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Coordinates need no more than hundredths. */
function short(n: number): string {
  return String(Math.round(n * 100) / 100);
}
