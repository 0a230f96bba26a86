/** HTML that is escaped by construction, for every room that shows pages: whatever is put into a
    template is text, unless it is HTML made by a template itself. There is no way to mark a string as
    HTML from outside this file. */

const HTML = Symbol('html');

export interface Html {
  readonly [HTML]: string;
}

type Part = Html | string | number | null | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const isHtml = (part: Html | readonly Part[]): part is Html => HTML in part;

function textOf(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return part.replaceAll(/[&<>"']/g, character => ENTITIES[character]!);
  return isHtml(part) ? part[HTML] : part.map(textOf).join('');
}

/** Attributes are written with double quotes, as the templates here do. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  [HTML]: strings.map((text, index) => text + (index < parts.length ? textOf(parts[index]!) : '')).join(''),
});

export const render = (page: Html): string => page[HTML];
