/**
 * Markdown as HTML that is escaped by construction: markdown-it reads it, and its tokens become
 * templates here, so that nothing of the text is ever HTML by itself. Whatever has no template shows as
 * the text that it is.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { html, type Html } from './html.ts';

/** CommonMark with tables; HTML in it is text. */
const reader = MarkdownIt('default', { html: false, linkify: false, typographer: false });

/** Headings of the text stand below the page's own. */
const HEADING_OFFSET = 2;

type Wrap = (content: readonly Html[], opening: Token) => Html;

const heading = (content: readonly Html[], { tag }: Token): Html => {
  switch (Number(tag.slice(1)) + HEADING_OFFSET) {
    case 3:
      return html`<h3>${content}</h3>`;
    case 4:
      return html`<h4>${content}</h4>`;
    case 5:
      return html`<h5>${content}</h5>`;
    default:
      return html`<h6>${content}</h6>`;
  }
};

/** What stands between an opening and a closing token, by the opening one's type. */
const WRAPS: Readonly<Record<string, Wrap>> = {
  paragraph_open: (content, { hidden }) => (hidden ? html`${content}` : html`<p>${content}</p>`),
  heading_open: heading,
  bullet_list_open: content => html`<ul>${content}</ul>`,
  ordered_list_open: (content, opening) => html`<ol start="${opening.attrGet('start') ?? '1'}">${content}</ol>`,
  list_item_open: content => html`<li>${content}</li>`,
  blockquote_open: content => html`<blockquote>${content}</blockquote>`,
  em_open: content => html`<em>${content}</em>`,
  strong_open: content => html`<strong>${content}</strong>`,
  s_open: content => html`<s>${content}</s>`,
  table_open: content => html`<div class="wide" role="group" tabindex="0" aria-label="Table"><table>${content}</table></div>`,
  thead_open: content => html`<thead>${content}</thead>`,
  tbody_open: content => html`<tbody>${content}</tbody>`,
  tr_open: content => html`<tr>${content}</tr>`,
  th_open: content => html`<th scope="col">${content}</th>`,
  td_open: content => html`<td>${content}</td>`,
  link_open: (content, opening) => {
    const target = webTarget(String(opening.attrGet('href') ?? ''));
    return target === null ? html`${content}` : html`<a href="${target}" rel="noopener noreferrer nofollow">${content}</a>`;
  },
};

/** Where a link may lead: to the web, to a mailbox, or within this site. */
function webTarget(href: string): string | null {
  if (/^[/#](?!\/)/.test(href)) return href;
  return URL.canParse(href) && /^(https?|mailto):$/.test(new URL(href).protocol) ? href : null;
}

/** What has no inside. An image is its description: pages load nothing. */
function leaf({ type, content, children }: Token): Html {
  switch (type) {
    case 'code_inline':
      return html`<code>${content}</code>`;
    case 'fence':
    case 'code_block':
      return html`<pre tabindex="0" role="group" aria-label="Example"><code>${content}</code></pre>`;
    case 'hr':
      return html`<hr>`;
    case 'hardbreak':
      return html`<br>`;
    case 'softbreak':
      return html`
`;
    case 'inline':
      return html`${nested(children ?? [])}`;
    default:
      return html`${content}`;
  }
}

/** The tokens, each opening one with all up to its closing one inside it. */
function nested(tokens: readonly Token[]): Html[] {
  const levels: { opening: Token | null; content: Html[] }[] = [{ opening: null, content: [] }];
  for (const token of tokens) {
    if (token.nesting === 1) levels.push({ opening: token, content: [] });
    else if (token.nesting === 0) levels.at(-1)!.content.push(leaf(token));
    else {
      const { opening, content } = levels.pop()!;
      const wrap = WRAPS[opening!.type];
      levels.at(-1)!.content.push(wrap ? wrap(content, opening!) : html`${content}`);
    }
  }
  return levels[0]!.content;
}

export const markdown = (text: string): Html => html`${nested(reader.parse(text, {}))}`;
